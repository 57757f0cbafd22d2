"""The Slack manifest: read `app.yaml`, and give the kind for signed HTTP."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from prompts.loader import read_yaml

EVENTS_PATH = "/slack/events"
PROJECT = Path(__file__).resolve().parent.parent


class ManifestError(Exception):
    """The manifest cannot be made; the message says what to change."""


def manifest_path() -> Path:
    """Where `app.yaml` is: beside the packages in a checkout, inside this package in an installed wheel."""
    beside = PROJECT / "app.yaml"
    return beside if beside.is_file() else Path(__file__).with_name("app.yaml")


def read_manifest() -> dict[str, Any]:
    """Read the manifest as it stands: Socket Mode."""
    manifest: dict[str, Any] = read_yaml(manifest_path().read_text(encoding="utf-8"))
    return manifest


def for_http(manifest: dict[str, Any], address: str) -> dict[str, Any]:
    """Give the same app for signed HTTP at a public address.

    Raises:
        ManifestError: the address is no https address with a host; Slack accepts no other.
    """
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment:
        raise ManifestError("The address must look like https://hrdd.example.org; Slack accepts nothing else.")
    base = address.rstrip("/")
    url = base if base.endswith(EVENTS_PATH) else base + EVENTS_PATH
    changed = copy.deepcopy(manifest)
    for command in changed["features"]["slash_commands"]:
        command["url"] = url
    changed["settings"]["event_subscriptions"]["request_url"] = url
    changed["settings"]["interactivity"]["request_url"] = url
    changed["settings"]["socket_mode_enabled"] = False
    return changed


def as_yaml(manifest: dict[str, Any]) -> str:
    """Write a manifest the way people paste it into Slack."""
    return yaml.safe_dump(manifest, sort_keys=False, allow_unicode=True, width=100)

"""The composition root: settings in, everything the listeners and the worker need out. No globals."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from slack_sdk import WebClient

from bot.directory import SlackDirectory
from bot.settings import Settings, SettingsError
from bot.slack_client import KeptClient, steady
from bot.views.check import CheckForms
from prompts import load_bank
from storage.database import Database
from storage.errors import StorageError
from storage.keystore import Keystore
from workflows.desk import Desk
from workflows.inbox import Inbox
from workflows.policy import Policy, load_policy
from workflows.seals import Seals, public_of
from workflows.vault import Vault

JOBS = 8
"""Connections beside those for people's requests. Jobs hold one for moments only, so fewer than jobs are enough."""
TIMEOUT = 7
"""Seconds to wait for Slack where a person waits too. Messages wait HRDD_SLACK_TIMEOUT, well under their lease."""


@dataclass(frozen=True, slots=True)
class Services:
    """What one running bot is made of."""

    settings: Settings
    desk: Desk
    client: WebClient
    forms: CheckForms
    vault: Vault | None = None
    inbox: Inbox | None = None


def build(settings: Settings) -> Services:
    """Read the policy and the bank, open the database, and put the parts together. Nothing is sent yet.

    Raises:
        SettingsError, PolicyError, BankError: one sentence that says what to change.
        StorageError: the database cannot be opened.
    """
    policy = load_policy(settings.hrdd_policy)
    bank = load_bank()
    client = web_client(settings)
    database = open_database(settings)
    directory = SlackDirectory(client, policy.away_statuses)
    desk = Desk(database, policy, bank, directory, seals_of(settings, database, policy))
    vault = vault_of(settings, database, policy)
    forms = CheckForms(bank, products_of(policy))
    return Services(settings, desk, client, forms, vault, Inbox(desk, vault, steady) if vault else None)


def seals_of(settings: Settings, database: Database, policy: Policy) -> Seals:
    """Give the sealed names of a database. What every message carries, such as names of products, cannot be sealed."""
    return Seals(database, settings.seal_keys(), steady, public_of(policy))


def vault_of(settings: Settings, database: Database, policy: Policy) -> Vault | None:
    """Give the blind core, None where the policy says nothing of concerns. It is prepared when a process starts."""
    if policy.concerns is None:
        return None
    return Vault(database, Keystore(settings.keystore), policy.concerns, steady)


def open_database(settings: Settings) -> Database:
    """Open the database without touching its tables.

    Raises:
        SettingsError: the address is none that we can use. StorageError: it cannot be opened.
    """
    try:
        return Database.connect(settings.database_url, pool_size=settings.hrdd_threads + JOBS)
    except StorageError:
        raise
    except Exception:
        # What exactly is wrong with it is not said: the address may hold a password.
        raise SettingsError(
            "HRDD_DATABASE_URL cannot be used; it looks like sqlite:////var/lib/hrdd/hrdd.db or postgresql://user@host/hrdd."
        ) from None


def current_database(settings: Settings) -> Database:
    """Open the database for a command that needs tables of this version. Raises SettingsError where they are not."""
    database = open_database(settings)
    if database.pending_migrations():
        raise SettingsError("HRDD_DATABASE_URL: the tables are not of this version. Run `hrdd db upgrade` first.")
    return database


def web_client(settings: Settings) -> WebClient:
    """Give the one client for Slack's Web API. It waits where Slack says so and never repeats a post by itself."""
    return KeptClient(
        token=settings.secret("slack_bot_token"),
        base_url=settings.api_url,
        timeout=settings.hrdd_slack_timeout,
        retry_handlers=[],
        logger=_quiet_log(),
    )


def _quiet_log() -> logging.Logger:
    """Give the client a log with a level of its own: without one it writes every view out for a log that drops it."""
    log = logging.getLogger("hrdd.slack")
    log.setLevel(logging.INFO)
    return log


def products_of(policy: Policy) -> tuple[tuple[str, str], ...]:
    """Give the products to choose from, in the policy's order."""
    return tuple((product.id, product.name) for product in policy.products)

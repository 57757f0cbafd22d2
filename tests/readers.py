"""Readers of concerns who keep their keys themselves, and a server that they reach over real HTTP on this machine."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.cli import main
from bot.inbox_keys import make_key
from bot.playground.run import example_policy
from bot.services import Services, build
from bot.settings import read_settings
from bot.web.server import Door, create_site
from storage import lead_keys
from storage.database import Database
from storage.models import Record
from tests.blind import BERLIN, COMPANY, QUICK, report, vault_on
from tests.records import A_KEY
from workflows import spooling
from workflows.clock import utcnow
from workflows.vault import Vault

PASSPHRASE = "kubid lanat mofip sogul"


def write_policy(folder: Path, **changed: Any) -> Path:
    """Write the invented company's file, with Noor and Ruth as those who read concerns."""
    policy = yaml.safe_load(example_policy().read_text(encoding="utf-8"))
    policy["concerns"] = {**COMPANY.model_dump(mode="json", exclude={"release_at"}, exclude_none=True), **changed}
    path = folder / "policy.yaml"
    path.write_text(yaml.safe_dump(policy), encoding="utf-8")
    return path


WHO = {each.id: each.person for each in COMPANY.everybody} | {"sam": "U0SAM"}
"""Whose the ids of the policy are, also of somebody who comes later."""


def people(**keys: str) -> list[dict[str, Any]]:
    """Give the recipients with fingerprints of their keys."""
    groups = COMPANY.model_dump(mode="json", exclude_none=True)["recipients"]
    for group in groups:
        for each in group["people"]:
            each |= {"key": keys[each["id"]]} if each["id"] in keys else {}
    return list(groups)


def settle(monkeypatch: pytest.MonkeyPatch, folder: Path, db_url: str, policy: Path) -> None:
    """Set the environment of a company that takes concerns."""
    for name in [name for name in os.environ if name.startswith(("HRDD_", "SLACK_"))]:
        monkeypatch.delenv(name)
    given = {"DATABASE_URL": db_url, "DATA_DIR": str(folder / "data"), "POLICY": str(policy), "SEAL_KEY": A_KEY}
    for name, value in given.items():
        monkeypatch.setenv(f"HRDD_{name}", value)
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")


@dataclass
class House:
    """A company with a server, and the folder in which its readers have their key files."""

    services: Services
    vault: Vault
    door: Door
    folder: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.door.port}"

    def close(self) -> None:
        self.door.stop()
        self.services.desk.db.dispose()

    def registers(self, lead: str) -> bytes:
        """Make a reader's key file, and register its public half."""
        public = make_key(self.folder / f"{lead}.json", PASSPHRASE, lead, QUICK)
        with self.vault.db.write() as session:
            lead_keys.put(session, lead, WHO[lead], public, b"", b"", utcnow())
        return public

    def receives(self, text: str, **changed: Any) -> str:
        """Take a report and release it; give its receipt."""
        issued = self.vault.submit(report(text, urgent=True, **changed))
        spooling.tick(self.vault, BERLIN, utcnow())
        return issued.receipt

    def does(self, monkeypatch: pytest.MonkeyPatch, lead: str, *what: str, words: str = "") -> int:
        """Let a reader run `hrdd inbox` on their machine; give the exit code."""
        monkeypatch.setattr("sys.stdin", io.StringIO(words))
        given = ["--server", self.url, "--key", str(self.folder / f"{lead}.json")]
        with passphrase(PASSPHRASE) as fd:
            return main(["inbox", *what, *given, "--passphrase-fd", str(fd)])


class passphrase:
    """A file descriptor from which a passphrase can be read."""

    def __init__(self, text: str) -> None:
        self._ends = os.pipe()
        os.write(self._ends[1], f"{text}\n".encode())
        os.close(self._ends[1])

    def __enter__(self) -> int:
        return self._ends[0]

    def __exit__(self, *_: object) -> None:
        os.close(self._ends[0])


def open_house(db: Database, folder: Path) -> House:
    """Start a server of a company that is settled in this environment; the blind core is a quick one."""
    services = build(read_settings())
    vault = vault_on(db, folder / "data" / "keystore", company=services.vault.concerns, at_once=True)  # type: ignore[union-attr]
    services = replace(services, vault=vault)
    door = Door(create_site(services, None), "127.0.0.1", 0, threads=2)
    door.start()
    return House(services, vault, door, folder)


def empty(house: House, folder: Path) -> None:
    """Take everything about reports and readers out of a house that several tests share."""
    tables = ("hr_anon_msg", "hr_anon_wrap", "hr_anon_case", "hr_lead_key", "hr_lead_audit")
    with house.vault.db.write() as session:
        for name in tables:
            session.connection().execute(Record.metadata.tables[name].delete())
        facts = Record.metadata.tables["hr_fact"]
        session.connection().execute(facts.delete().where(facts.c.key == lead_keys.LAST))
    house.folder = folder


def notes(db: Database) -> list[tuple[str, str]]:
    """Give what readers did."""
    with db.read() as session:
        assert lead_keys.is_whole(session)
        return [(each.lead, each.action) for each in lead_keys.notes(session)]

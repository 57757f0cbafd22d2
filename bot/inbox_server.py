"""What the people who run the bot do for those who read concerns: register and confirm keys, and the offline key."""

from __future__ import annotations

import argparse
import base64
import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bot.inbox_keys import InboxError

if TYPE_CHECKING:
    from storage.database import Database
    from workflows.policy import Policy
    from workflows.policy_concerns import Concerns
    from workflows.vault import Vault


def arguments(what: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Say what can be given."""
    register = what.add_parser("register", help="on the server: let a reader use a key that they keep themselves")
    register.add_argument("lead", help="the reader's id in the policy")
    register.add_argument("public_key", help="what `hrdd inbox key` printed")
    register.add_argument("--replace", action="store_true", help="in the place of a key that is there already")
    register.set_defaults(inbox=_register)
    confirm = what.add_parser("confirm", help="on the server: say that a new key is a reader's, where no reader can")
    confirm.add_argument("lead", help="the reader's id in the policy")
    confirm.add_argument("fingerprint", help="the code that this reader reads to you, by phone or in person")
    confirm.set_defaults(inbox=_confirm)
    what.add_parser("recovery", help="make the key that is kept offline, in three shares").set_defaults(inbox=_recovery)
    recover = what.add_parser("recover", help="on the server: open all reports again with two shares")
    recover.add_argument("--share", action="append", default=[], help="a share; else you are asked, and none is shown")
    recover.set_defaults(inbox=_recover)


def key_advice(policy: Policy) -> list[str]:
    """Say which readers' keys are not those that the policy wants, and whether any reader can close reports anew.

    Nothing without a database.
    """
    from bot.services import open_database
    from bot.settings import SettingsError, read_settings
    from storage.errors import StorageError

    if policy.concerns is None:
        return []
    try:
        settings = read_settings()
        file = settings.database_url.removeprefix("sqlite:///")
        if file != settings.database_url and not Path(file).exists():
            return []
        database = open_database(settings)
        try:
            return [*strange_keys(policy.concerns, database), *nobody_renews(policy.concerns, database)]
        finally:
            database.dispose()
    except (SettingsError, StorageError):
        return []


def strange_keys(concerns: Concerns, database: Database) -> list[str]:
    """Say which readers' keys in a database are not those that the policy wants. Raises StorageError."""
    from workflows.reader_keys import strange

    if database.pending_migrations():
        return []
    with database.read() as session:
        found = strange(session, concerns)
    return [f"the key of {lead} is not the one whose fingerprint the policy has, and is not used." for lead in found]


def nobody_renews(concerns: Concerns, database: Database) -> list[str]:
    """Say where every reader keeps their own key: only unlocking in Slack closes reports anew. Raises StorageError."""
    from workflows import reader_keys

    if database.pending_migrations():
        return []
    with database.read() as session:
        found = [row for each in concerns.everybody if (row := reader_keys.of(session, each)) is not None]
    if not found or any(row.sealed_sk for row in found):
        return []
    then = (
        "after each such change run `hrdd inbox recover` with two shares of the recovery key."
        if concerns.recovery
        else "please set a `recovery_key` (`hrdd inbox recovery` makes one), with which `hrdd inbox recover` does it."
    )
    return [
        "every reader of concerns keeps their own key, so older reports are not closed anew by themselves when readers "
        f"or keys change; {then}"
    ]


def _register(given: argparse.Namespace) -> str:
    from storage import lead_keys
    from storage.envelopes import is_public_key
    from workflows import reader_keys
    from workflows.clock import utcnow
    from workflows.rules.fingerprints import fingerprint

    raw = _raw(given.public_key)
    if not is_public_key(raw):
        raise InboxError("PUBLIC_KEY: is not a public key as `hrdd inbox key` prints it. Nothing was changed.")
    with _stores() as (concerns, database, _):
        known = {each.id: each for each in concerns.everybody}
        if given.lead not in known:
            raise InboxError(
                f"LEAD: the recipients in the policy are {', '.join(known) or 'none'}. Nothing was changed."
            )
        if not reader_keys.fits(concerns, given.lead, raw):
            raise InboxError("The policy has another fingerprint for this reader's key. Nothing was changed.")
        with database.write() as session:
            before = reader_keys.of(session, known[given.lead])
            if before is not None and before.pk == raw and not before.sealed_sk:
                return f"This key is registered already. Fingerprint: {fingerprint(raw)}"
            if before is not None and not given.replace:
                raise InboxError(
                    "This reader has a key already. With --replace the new one takes its place; it opens older reports "
                    "only after another reader has unlocked the inbox. Nothing was changed."
                )
            lead_keys.put(session, given.lead, known[given.lead].person, raw, b"", b"", utcnow())
            lead_keys.note(session, given.lead, "register", None, utcnow())
    return (
        f"Registered. Fingerprint: {fingerprint(raw)}\nCompare it with the reader in person or by phone. In the "
        "policy, as `key:` beside their id, it makes sure that no other key is ever used for them."
    )


def _confirm(given: argparse.Namespace) -> str:
    from workflows import outgoing, reader_keys
    from workflows.clock import utcnow
    from workflows.errors import NotFound, Refused
    from workflows.rules.fingerprints import read_fingerprint

    said = read_fingerprint(given.fingerprint)
    if said is None:
        raise InboxError("FINGERPRINT: is not the code of a key, such as 3F2A-11C0-... Nothing was changed.")
    with _stores() as (concerns, database, _):
        try:
            with database.write() as session:
                whose = reader_keys.confirm(session, concerns, given.lead, said, reader_keys.OPERATOR, utcnow())
                reader_keys.tell(session, concerns, outgoing.KEY_USED, whose, utcnow(), why=reader_keys.OPERATOR)
        except NotFound:
            raise InboxError("No new key with this code waits for this reader. Nothing was changed.") from None
        except Refused:
            raise InboxError("The policy has another fingerprint for this reader's key. Nothing was changed.") from None
    return (
        "The new key is used from now on. Older reports open with it once another reader has opened the inbox, or "
        "after `hrdd inbox recover`."
    )


def _recovery(_: argparse.Namespace) -> str:
    from storage.envelopes import new_pair
    from workflows.rules.shares import RANDOM_BYTES, split

    pair = new_pair()
    shares = split(pair.private, os.urandom(RANDOM_BYTES))
    listed = "\n\n".join(f"Share {number}:\n{share}" for number, share in enumerate(shares, start=1))
    return (
        f"For the policy, under `concerns`:\n  recovery_key: {coded(pair.public)}\n\n{listed}\n\n"
        "Print each share and give it to another person, to be kept in another place; any two of them open everything, "
        "one alone opens nothing. Nothing of this was kept here: clear this screen."
    )


def _recover(given: argparse.Namespace) -> str:
    from storage.envelopes import pair_of
    from workflows.clock import utcnow
    from workflows.recovery import recover
    from workflows.rules.shares import join

    shares = list(given.share)
    if len(shares) > 2:
        raise InboxError("Two shares are enough: please give two.")
    while len(shares) < 2:
        shares.append(getpass.getpass(f"Share, {'first' if not shares else 'second'} of two: "))
    pair = pair_of(join(*shares))
    with _stores() as (concerns, _, vault):
        done = recover(vault, pair.private, utcnow())
    said = [f"{done.opened} of {done.found} reports opened and are closed for today's readers."]
    if concerns.recovery != pair.public:
        said.append("These shares are not of the recovery key that stands in the policy now.")
    if done.unread:
        said.append(f"For {done.unread} of them nobody in the policy is left who may read and has a key.")
    return " ".join([*said, "What is still held is not among them: please do this again in four days."])


@contextmanager
def _stores() -> Iterator[tuple[Concerns, Database, Vault]]:
    """Open what the policy and the settings name. Raises InboxError where the policy says nothing of concerns."""
    from bot.services import open_database, vault_of
    from bot.settings import SettingsError, read_settings
    from workflows.policy import load_policy

    settings = read_settings()
    policy, database = load_policy(settings.hrdd_policy), open_database(settings)
    try:
        vault = vault_of(settings, database, policy)
        if vault is None:
            raise InboxError("The policy has no part `concerns`, so nobody reads any. Nothing was changed.")
        if database.pending_migrations():
            raise SettingsError("HRDD_DATABASE_URL: the tables are not of this version. Run `hrdd db upgrade` first.")
        yield vault.concerns, database, vault
    finally:
        database.dispose()


def coded(raw: bytes) -> str:
    """Give a key as it is printed and typed."""
    return base64.b64encode(raw).decode("ascii")


def _raw(text: str) -> bytes:
    try:
        return base64.b64decode(text.strip(), validate=True)
    except ValueError:
        return b""

"""Keys that must be able to vanish: one for each anonymous report, and one for what is held. Never in the database.

A database remembers what was deleted from it, in its log and in its backups. So the key without which a report cannot
be opened is kept in a file of its own, which is written anew as a whole each time. Its entries are closed under a key
of keys, which lies beside it and is replaced every month. Deleting an entry makes every copy of its report, in whatever
backup, unreadable as soon as the last copy of this file is gone: a week, since older ones are removed.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from storage.envelopes import KEY_BYTES, CannotOpen, box, unbox

FOLDER: Final = "keystore"
STORE: Final = "keys.json"
MASTER: Final = "master.json"
BACKUPS: Final = "backups"
KEPT_DAYS: Final = 7
MASTER_DAYS: Final = 30
SPOOL: Final = "spool"
READS: Final = 3
_PLACE: Final = b"hrdd/v1/keystore|"


class KeystoreError(Exception):
    """The keystore cannot be used; the sentence names the file and never a key."""


class Keystore:
    """The keys of one installation. Safe between threads and processes of one machine: a lock file orders writers."""

    def __init__(self, folder: Path) -> None:
        """Use the files of a folder; it is made when the first key is kept."""
        self._folder = folder

    def __repr__(self) -> str:
        return "Keystore(...)"

    @property
    def folder(self) -> Path:
        """Where the files are."""
        return self._folder

    def key(self, name: str) -> bytes | None:
        """Give a key by its name, None where there is none (any more). Raises KeystoreError."""
        return self.keys(frozenset({name})).get(name)

    def keys(self, names: frozenset[str] | None = None) -> Mapping[str, bytes]:
        """Give keys by their names, all of them or some. Raises KeystoreError."""
        store, masters = self._both()
        wanted = store["keys"] if names is None else {name: store["keys"][name] for name in names & set(store["keys"])}
        return {name: _unbox(name, closed, store, masters) for name, closed in wanted.items()}

    def names(self, front: str = "") -> frozenset[str]:
        """Give the names of keys that begin so. Raises KeystoreError."""
        return frozenset(name for name in self._read()["keys"] if name.startswith(front))

    def change(self, *, put: Mapping[str, bytes] | None = None, drop: frozenset[str] = frozenset()) -> None:
        """Keep keys and destroy others, in one writing of the file. Raises KeystoreError."""
        if not put and not drop:
            return
        with self._locked():
            store, masters = self._both()
            # A new one in the place of one that cannot be found would lock away for good what is kept already.
            master = _master_of(store, masters) if store["master"] else self._new_master(store, {})
            kept = {name: closed for name, closed in store["keys"].items() if name not in drop}
            for name, key in (put or {}).items():
                kept[name] = _text(box(key, master, _PLACE + name.encode()))
            self._write(STORE, {**store, "keys": kept})

    def spool(self) -> tuple[str, bytes]:
        """Give the name and the key under which held things are closed now; the first one is made. May write."""
        name = self._read()["spool"]
        key = self.key(name) if name else None
        return (name, key) if key is not None else self.renew_spool()

    def renew_spool(self) -> tuple[str, bytes]:
        """Make a new key for held things, beside the one there was, which `change` drops once nothing needs it."""
        name, key = f"{SPOOL}-{secrets.token_hex(4)}", os.urandom(KEY_BYTES)
        self.change(put={name: key})
        with self._locked():
            self._write(STORE, {**self._read(), "spool": name})
        return name, key

    def renew_master(self, today: date) -> bool:
        """Replace the key of keys where it is a month old, and destroy the old one; say whether it was."""
        with self._locked():
            store, masters = self._both()
            made = store["made"]
            if not store["master"] or (made and _is_of_last(MASTER_DAYS, date.fromisoformat(made), today)):
                return False
            opened = {name: _unbox(name, closed, store, masters) for name, closed in store["keys"].items()}
            master = self._new_master(store, masters)
            closed_anew = {name: _text(box(key, master, _PLACE + name.encode())) for name, key in opened.items()}
            self._write(STORE, {**store, "keys": closed_anew, "made": today.isoformat()})
            # Only when the file no longer needs the old one: a crash in between leaves both.
            self._write(MASTER, {store["master"]: _text(master)})
            return True

    def back_up(self, today: date) -> None:
        """Copy the file for today, and remove copies that are a week old."""
        folder = self._folder / BACKUPS
        store = self._folder / STORE
        if not store.exists():
            return
        folder.mkdir(mode=0o700, exist_ok=True)
        with self._locked():
            _write_whole(folder / f"keys-{today.isoformat()}.json", store.read_bytes())
            for each in folder.glob("keys-*.json"):
                made = _day_of(each)
                if made is None or not _is_of_last(KEPT_DAYS, made, today):
                    each.unlink(missing_ok=True)

    def _new_master(self, store: dict[str, Any], others: Mapping[str, bytes]) -> bytes:
        name, master = secrets.token_hex(4), os.urandom(KEY_BYTES)
        self._write(MASTER, {**{each: _text(key) for each, key in others.items()}, name: _text(master)})
        store["master"] = name
        return master

    def _both(self) -> tuple[dict[str, Any], dict[str, bytes]]:
        """Read both files so that they belong together: the key of keys may be replaced between two looks."""
        store, masters = self._read(), self._masters()
        for _ in range(READS):
            if not store["master"] or store["master"] in masters:
                break
            store, masters = self._read(), self._masters()
        return store, masters

    def _masters(self) -> dict[str, bytes]:
        found = self._load(MASTER)
        return {} if found is None else {name: _bytes(text) for name, text in found.items()}

    def _read(self) -> dict[str, Any]:
        return self._load(STORE) or {"master": "", "made": "", "spool": "", "keys": {}}

    def _load(self, name: str) -> dict[str, Any] | None:
        for _ in range(READS):
            try:
                found = json.loads((self._folder / name).read_text(encoding="ascii"))
            except FileNotFoundError:
                return None
            except (OSError, ValueError):
                # It may have been replaced, and the one that was opened written over, in this very moment.
                continue
            if isinstance(found, dict):
                return found
        raise KeystoreError(f"{name} in the folder of keys cannot be read: put back the copy of a backup.")

    def _write(self, name: str, content: Mapping[str, Any]) -> None:
        try:
            _write_whole(self._folder / name, json.dumps(content, sort_keys=True).encode("ascii"))
        except OSError as problem:
            raise KeystoreError(f"{name} in the folder of keys cannot be written (error {problem.errno}).") from None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Let one writer in at a time."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self._folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as problem:
            raise KeystoreError(f"The folder of keys cannot be written (error {problem.errno}).") from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            # A writer that was killed may have left a key of keys behind, which would outlive its month.
            for left in (*self._folder.glob(".*.json.*"), *self._folder.glob(f"{BACKUPS}/.*.json.*")):
                left.unlink(missing_ok=True)
            yield
        finally:
            os.close(handle)


def _unbox(name: str, closed: str, store: Mapping[str, Any], masters: Mapping[str, bytes]) -> bytes:
    try:
        return unbox(_bytes(closed), _master_of(store, masters), _PLACE + name.encode())
    except CannotOpen:
        raise KeystoreError(f"An entry of {STORE} does not open: put back the copy of a backup.") from None


def _master_of(store: Mapping[str, Any], masters: Mapping[str, bytes]) -> bytes:
    master = masters.get(str(store["master"]))
    if master is None:
        raise KeystoreError(f"{MASTER} does not hold the key of {STORE}: put back the copies that belong together.")
    return master


def _write_whole(file: Path, content: bytes) -> None:
    """Put a whole file in the place of another, so that nobody ever reads half of one; only its owner reads it.

    What stood there before is written over first: the name then points to new blocks, but the old ones are still on
    the disk for a while.
    """
    mine = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        handle = os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        old = file.open("r+b") if file.exists() else None
        mine.replace(file)
        if old is not None:
            with old:
                old.write(bytes(os.fstat(old.fileno()).st_size))
                old.flush()
                os.fsync(old.fileno())
    finally:
        mine.unlink(missing_ok=True)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _day_of(file: Path) -> date | None:
    try:
        return date.fromisoformat(file.stem.removeprefix("keys-"))
    except ValueError:
        return None


def _is_of_last(days: int, made: date, today: date) -> bool:
    """Whether something was made in the last days. What a clock that was ahead made is of none of them."""
    return timedelta(0) <= today - made < timedelta(days=days)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text)

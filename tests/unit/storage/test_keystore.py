"""Keys that must vanish do; those that are kept survive crashes, other writers and half-written files."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from datetime import date, timedelta
from pathlib import Path

import pytest

from storage import keystore
from storage.keystore import BACKUPS, MASTER, STORE, Keystore, KeystoreError

TODAY = date(2026, 11, 22)
KEY, OTHER = b"k" * 32, b"o" * 32


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keystore"


@pytest.fixture
def keys(folder: Path) -> Keystore:
    return Keystore(folder)


def everything(folder: Path) -> bytes:
    """Give all that lies in a folder."""
    return b"".join(each.read_bytes() for each in sorted(folder.rglob("*")) if each.is_file())


def test_nothing_is_there_before_anything_is_kept(keys: Keystore, folder: Path) -> None:
    assert keys.key("a") is None
    assert keys.keys() == {}
    keys.change()
    assert not folder.exists()


def test_what_is_kept_is_given_back_also_to_another_process(keys: Keystore, folder: Path) -> None:
    keys.change(put={"a": KEY, "b": OTHER})
    assert keys.key("a") == KEY
    assert Keystore(folder).keys() == {"a": KEY, "b": OTHER}
    assert Keystore(folder).keys(frozenset({"b", "c"})) == {"b": OTHER}


def test_only_its_owner_reads_the_files_and_no_key_stands_in_them_as_it_is(keys: Keystore, folder: Path) -> None:
    keys.change(put={"a": KEY})
    keys.back_up(TODAY)
    assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IMODE((folder / BACKUPS).stat().st_mode) == 0o700
    assert {stat.S_IMODE(each.stat().st_mode) for each in folder.rglob("*.json")} == {0o600}
    assert KEY not in everything(folder)
    assert repr(keys) == "Keystore(...)"


def test_the_file_tells_no_order_in_which_keys_came(folder: Path) -> None:
    for number, order in enumerate((("a", "b", "c"), ("c", "a", "b"))):
        one = Keystore(folder / str(number))
        for name in order:
            one.change(put={name: KEY})
        assert list(json.loads((folder / str(number) / STORE).read_text())["keys"]) == ["a", "b", "c"]


def test_a_dropped_key_is_gone_from_the_file_and_an_entry_of_before_is_nowhere(keys: Keystore, folder: Path) -> None:
    """T11: what was kept of it stands in no file any more, the copies of a week apart."""
    keys.change(put={"a": KEY, "b": OTHER})
    entry = json.loads((folder / STORE).read_text())["keys"]["a"].encode()
    keys.change(drop=frozenset({"a", "never"}))
    assert keys.key("a") is None
    assert keys.key("b") == OTHER
    assert entry not in everything(folder)


def test_the_blocks_of_the_file_before_are_written_over(keys: Keystore, folder: Path) -> None:
    keys.change(put={"a": KEY})
    with (folder / STORE).open("rb") as before:
        keys.change(drop=frozenset({"a"}))
        assert set(before.read()) == {0}


def test_copies_are_kept_for_a_week_and_no_day_longer(keys: Keystore, folder: Path) -> None:
    keys.change(put={"a": KEY})
    entry = json.loads((folder / STORE).read_text())["keys"]["a"].encode()
    keys.back_up(TODAY)
    keys.change(drop=frozenset({"a"}))
    for days in range(1, keystore.KEPT_DAYS):
        keys.back_up(TODAY + timedelta(days))
        assert entry in everything(folder)
    keys.back_up(TODAY + timedelta(keystore.KEPT_DAYS))
    assert entry not in everything(folder)
    assert len(list((folder / BACKUPS).iterdir())) == keystore.KEPT_DAYS


def test_a_copy_put_back_opens_again(keys: Keystore, folder: Path) -> None:
    keys.change(put={"a": KEY})
    keys.back_up(TODAY)
    (folder / STORE).write_bytes(b"{")
    with pytest.raises(KeystoreError, match=r"keys\.json .* put back the copy of a backup"):
        keys.key("a")
    (folder / STORE).write_bytes((folder / BACKUPS / f"keys-{TODAY}.json").read_bytes())
    assert keys.key("a") == KEY


def test_the_key_of_keys_is_replaced_every_month_and_the_old_one_destroyed(keys: Keystore, folder: Path) -> None:
    assert not keys.renew_master(TODAY), "there is nothing to close yet"
    keys.change(put={"a": KEY, "b": OTHER})
    old = next(iter(json.loads((folder / MASTER).read_text()).values())).encode()
    assert keys.renew_master(TODAY)
    assert old not in everything(folder)
    assert not keys.renew_master(TODAY + timedelta(keystore.MASTER_DAYS - 1))
    assert keys.renew_master(TODAY + timedelta(keystore.MASTER_DAYS))
    assert keys.keys() == {"a": KEY, "b": OTHER}
    assert len(json.loads((folder / MASTER).read_text())) == 1


def test_a_crash_in_the_middle_of_the_month_s_renewal_loses_nothing(
    keys: Keystore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys.change(put={"a": KEY})
    real, calls = keystore._write_whole, 0
    for survives in (0, 1, 2):
        calls = 0

        def dies(file: Path, content: bytes, limit: int = survives) -> None:
            nonlocal calls
            calls += 1
            if calls > limit:
                raise OSError(28, "no room")
            real(file, content)

        monkeypatch.setattr(keystore, "_write_whole", dies)
        with pytest.raises(KeystoreError, match=r"cannot be written \(error 28\)"):
            keys.renew_master(TODAY)
        monkeypatch.setattr(keystore, "_write_whole", real)
        assert keys.key("a") == KEY
        keys.change(put={"b": OTHER}, drop=frozenset({"b"}))
        (folder / STORE).write_text(json.dumps({**json.loads((folder / STORE).read_text()), "made": ""}))
    assert keys.renew_master(TODAY)
    assert keys.key("a") == KEY
    assert len(json.loads((folder / MASTER).read_text())) == 1


def test_where_the_key_of_keys_is_missing_nothing_is_written_over(keys: Keystore, folder: Path) -> None:
    """A new key of keys would lock away for good what is kept already."""
    keys.change(put={"a": KEY})
    kept, store = (folder / MASTER).read_bytes(), (folder / STORE).read_bytes()
    (folder / MASTER).unlink()
    for act in (lambda: keys.key("a"), lambda: keys.change(put={"b": OTHER}), lambda: keys.renew_master(TODAY)):
        with pytest.raises(KeystoreError, match="put back the copies that belong together"):
            act()
    assert (folder / STORE).read_bytes() == store
    (folder / MASTER).write_bytes(kept)
    assert keys.key("a") == KEY


def test_what_a_killed_writer_left_behind_is_removed_by_the_next(keys: Keystore, folder: Path) -> None:
    keys.change(put={"a": KEY})
    keys.back_up(TODAY)
    left = [folder / ".master.json.0123abcd", folder / BACKUPS / ".keys-2026-11-22.json.0123abcd"]
    for each in left:
        each.write_bytes(b"{}")
    keys.change(put={"b": OTHER})
    assert not any(each.exists() for each in left)


def test_a_key_of_keys_that_is_replaced_between_two_looks_is_looked_for_again(
    keys: Keystore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys.change(put={"a": KEY})
    real = Keystore._read
    looks = 0

    def slow(self: Keystore) -> dict[str, object]:
        nonlocal looks
        found = real(self)
        looks += 1
        if looks == 1:
            Keystore(folder).renew_master(TODAY)
        return found

    monkeypatch.setattr(Keystore, "_read", slow)
    assert keys.key("a") == KEY


@pytest.mark.parametrize("spoiled", [b"", b"\0" * 400, b"[]", b"{", b"\xff"])
def test_a_file_that_cannot_be_read_is_named_and_nothing_of_it_is_quoted(
    keys: Keystore, folder: Path, spoiled: bytes
) -> None:
    keys.change(put={"a": KEY})
    (folder / STORE).write_bytes(spoiled)
    with pytest.raises(KeystoreError) as told:
        keys.key("a")
    assert str(told.value) == "keys.json in the folder of keys cannot be read: put back the copy of a backup."


def test_an_entry_that_was_changed_or_given_to_another_name_does_not_open(keys: Keystore, folder: Path) -> None:
    keys.change(put={"a": KEY, "b": OTHER})
    found = json.loads((folder / STORE).read_text())
    found["keys"]["a"], found["keys"]["b"] = found["keys"]["b"], found["keys"]["a"]
    (folder / STORE).write_text(json.dumps(found))
    with pytest.raises(KeystoreError, match="does not open"):
        keys.key("a")


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(KeystoreError, match="cannot be written"):
        Keystore(tmp_path / "taken").change(put={"a": KEY})


def test_a_new_spool_key_stands_beside_the_one_before_until_that_is_dropped(keys: Keystore) -> None:
    first = keys.spool()
    assert keys.spool() == first
    second = keys.renew_spool()
    assert keys.spool() == second != first
    assert keys.key(first[0]) == first[1]
    keys.change(drop=frozenset({first[0]}))
    assert keys.key(first[0]) is None
    assert keys.spool() == second


def test_threads_that_write_and_read_at_once_lose_no_key(folder: Path) -> None:
    problems: list[BaseException] = []

    def works(number: int) -> None:
        try:
            one = Keystore(folder)
            for turn in range(4):
                one.change(put={f"{number}-{turn}": KEY})
                assert one.key(f"{number}-{turn}") == KEY
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=works, args=(number,)) for number in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert problems == []
    assert len(Keystore(folder).keys()) == 24


WRITER = """
import sys
from pathlib import Path
from storage.keystore import Keystore
one = Keystore(Path(sys.argv[1]))
print("ready", flush=True)
for number in range(10_000):
    one.change(put={f"{sys.argv[2]}-{number}": bytes(32)})
    print(number, flush=True)
"""


def test_a_writer_that_is_killed_leaves_whole_files_and_every_key_it_said_it_kept(folder: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(folder), name], stdout=subprocess.PIPE, text=True)
        for name in ("x", "y")
    ]
    said = {}
    for name, each in zip(("x", "y"), writers, strict=True):
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
        said[name] = [each.stdout.readline() for _ in range(8)]
    for name, each in zip(("x", "y"), writers, strict=True):
        os.kill(each.pid, 9)
        assert each.stdout is not None
        said[name] += each.stdout.readlines()
        each.wait()
        each.stdout.close()
    kept = Keystore(folder).keys()
    assert all(
        f"{name}-{line.strip()}" in kept for name, lines in said.items() for line in lines if line.endswith("\n")
    )
    Keystore(folder).change(put={"after": KEY})
    assert Keystore(folder).key("after") == KEY


def test_what_a_clock_that_was_ahead_left_behind_stays_no_longer_than_the_rest(keys: Keystore, folder: Path) -> None:
    keys.change(put={"a": KEY})
    ahead = TODAY + timedelta(days=800)
    assert keys.renew_master(ahead)
    keys.back_up(ahead)

    keys.back_up(TODAY)

    assert [each.name for each in (folder / BACKUPS).iterdir()] == [f"keys-{TODAY.isoformat()}.json"]
    assert keys.renew_master(TODAY), "nobody waits two years for the next key of keys"
    assert keys.key("a") == KEY

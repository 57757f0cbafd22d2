"""Read the YAML of a locale folder into a Bank, and note everything that stands in the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from prompts import ids
from prompts.loader import LOADER
from prompts.models import Bank, Group, Item, Level, MitigationType, Option, Question, Right, Signal

M = TypeVar("M", bound=BaseModel)

BANK_FILE = "questions/ma1.yaml"
SCALES_FILE = "questions/scales.yaml"


class _Loader(LOADER):  # type: ignore[misc]  # chosen at run time
    """A safe loader that refuses a key written twice, which YAML would quietly let win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Build a mapping, or raise on a repeated key."""
        seen: set[str] = set()
        for key, _ in node.value:
            problem = None
            if not isinstance(key, yaml.ScalarNode):
                problem = "a name should stand before the colon"
            elif key.value in seen:
                problem = f"the key {key.value} is written twice"
            if problem:
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(key.value)
        built: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return built


@dataclass(frozen=True)
class Section:
    """One list of the bank: the field it fills, where it is written, its shape and its fixed ids."""

    name: str
    file: str
    key: str
    model: type[Item]
    ids: tuple[str, ...]


SECTIONS: tuple[Section, ...] = (
    Section("groups", "questions/groups.yaml", "groups", Group, ids.GROUPS),
    Section("rights", "questions/rights.yaml", "rights", Right, ids.RIGHTS),
    Section("signals", "questions/signals.yaml", "signals", Signal, ids.SIGNALS),
    Section("mitigations", "questions/mitigations.yaml", "mitigations", MitigationType, ids.MITIGATIONS),
    Section("evidence", "questions/evidence.yaml", "evidence", Item, ids.EVIDENCE),
    Section("levels", SCALES_FILE, "levels", Level, ids.LEVELS),
    Section("severities", SCALES_FILE, "severities", Item, ids.SEVERITIES),
    Section("likelihoods", SCALES_FILE, "likelihoods", Item, ids.LIKELIHOODS),
    Section("communications", SCALES_FILE, "communications", Item, ids.COMMUNICATIONS),
    Section("remedies", SCALES_FILE, "remedies", Item, ids.REMEDIES),
)
TEXTS: tuple[tuple[str, str], ...] = (
    ("rules", "rules.yaml"),
    ("problems", "problems.yaml"),
    ("missing", "missing.yaml"),
    ("words", BANK_FILE),
)


@dataclass
class Source:
    """What one locale folder says: the parts that can be used, the ids seen, and the problems."""

    locale: str
    root: Traversable
    problems: list[str] = field(default_factory=list)
    items: dict[str, dict[str, Any]] = field(default_factory=dict)
    seen: dict[str, list[str]] = field(default_factory=dict)
    texts: dict[str, dict[str, str]] = field(default_factory=dict)
    head: dict[str, Any] = field(default_factory=dict)
    _documents: dict[str, dict[str, Any]] = field(default_factory=dict)

    def note(self, file: str, place: str, what: str) -> None:
        """Remember a problem as one sentence that begins with the file and the place."""
        where = f"{self.locale}/{file}" + (f", {place}" if place else "")
        self.problems.append(f"{where}: {what.rstrip('.')}.")

    def document(self, file: str) -> dict[str, Any]:
        """Parse one YAML file (once), or note why that is impossible and give an empty mapping."""
        if file not in self._documents:
            self._documents[file] = self._parse(file)
        return self._documents[file]

    def _parse(self, file: str) -> dict[str, Any]:
        """Read and parse; every failure becomes a noted problem."""
        try:
            text = self.root.joinpath(self.locale).joinpath(file).read_text(encoding="utf-8")
            content = yaml.load(text, Loader=_Loader)  # noqa: S506  a safe loader, made stricter
        except OSError:
            self.note(file, "", "the file cannot be read")
        except UnicodeDecodeError:
            self.note(file, "", "the file is not UTF-8 text")
        except (yaml.YAMLError, ValueError) as error:  # ValueError: a date that is none, for one
            mark = getattr(error, "problem_mark", None)
            place = f"line {mark.line + 1}" if mark else ""
            self.note(file, place, str(getattr(error, "problem", None) or "this is not YAML"))
        else:
            if isinstance(content, dict):
                return content
            self.note(file, "", "the file should hold named lists")
        return {}


def read(root: Traversable, locale: str) -> Source:
    """Read a whole locale folder; `root` is the folder that holds the locale folders."""
    source = Source(locale, root)
    for section in SECTIONS:
        _read_section(source, section)
    for name, file in TEXTS:
        _read_texts(source, name, file)
    _read_questions(source)
    for file in sorted({*(section.file for section in SECTIONS), *(file for _, file in TEXTS)}):
        _refuse_unknown_keys(source, file)
    return source


def assemble(source: Source) -> Bank:
    """Build the bank from a source without problems."""
    return Bank.model_validate({**source.head, **source.items, **source.texts})


def rows(source: Source, file: str, key: str, within: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (place, row) for each entry of a list, noting what is no list of entries.

    `within` names the block that holds the list, where it does not stand at the top of the file.
    """
    document = source.document(file)
    found = (document[within] if within else document).get(key)
    if not isinstance(found, list):
        if document:
            source.note(file, f"{within} {key}".strip(), "a list of entries is missing here")
        return
    for number, row in enumerate(found, start=1):
        name = row.get("id") if isinstance(row, dict) else None
        place = f"{key} {name}" if isinstance(name, str) else f"{key} number {number}"
        if isinstance(row, dict):
            yield place, row
        else:
            source.note(file, place, "this entry is not a set of named values")


def validated(source: Source, file: str, place: str, model: type[M], row: object) -> M | None:
    """Validate one row, or note each reason why not and give None."""
    try:
        return model.model_validate(row)
    except ValidationError as error:
        for detail in error.errors():
            at = ".".join(map(str, detail["loc"]))
            source.note(file, f"{place}, {at}" if at else place, detail["msg"])
        return None


def _read_section(source: Source, section: Section) -> None:
    """Read one list into `items`, and the ids as written into `seen`."""
    found = source.items.setdefault(section.name, {})
    seen = source.seen.setdefault(section.name, [])
    for place, row in rows(source, section.file, section.key):
        seen.append(str(row.get("id")))
        item = validated(source, section.file, place, section.model, row)
        if item is not None:
            found[item.id] = item


def _read_texts(source: Source, name: str, file: str) -> None:
    """Read a mapping of id to sentence."""
    found = source.texts.setdefault(name, {})
    block = source.document(file).get(name)
    if not isinstance(block, dict):
        if source.document(file):
            source.note(file, name, "a set of sentences is missing here")
        return
    for key, text in block.items():
        if isinstance(key, str) and isinstance(text, str) and text.strip():
            found[key] = text
        else:
            source.note(file, f"{name} {key}", "a sentence should stand here")


def _read_questions(source: Source) -> None:
    """Read the head of the bank and its questions, taking over the lists that a question refers to."""
    document = source.document(BANK_FILE)
    source.head = {"id": document.get("bank"), "version": document.get("version")}
    for name, kind in (("bank", str), ("version", int)):
        if document and type(document.get(name)) is not kind:
            source.note(BANK_FILE, name, "this is missing or not of the right kind")
    found = source.items.setdefault("questions", {})
    seen = source.seen.setdefault("questions", [])
    for place, row in rows(source, BANK_FILE, "questions"):
        seen.append(str(row.get("id")))
        options = _read_options(source, place, row)
        kept = {key: value for key, value in row.items() if key not in ("options", "options_from")}
        question = validated(source, BANK_FILE, place, Question, {**kept, "options": options})
        if question is not None:
            found[question.id] = question


def _read_options(source: Source, place: str, row: dict[str, Any]) -> tuple[Option, ...]:
    """Gather a question's options: those of a list it refers to, then its own."""
    options: list[Option] = []
    origin = row.get("options_from")
    if origin is not None:
        listed = source.items.get(origin) if isinstance(origin, str) else None
        if listed is None:
            source.note(BANK_FILE, f"{place}, options_from", f"there is no list {origin}")
        for item in (listed or {}).values():
            options.append(Option(id=item.id, label=item.label, help=item.help, example=item.example))
    own = row.get("options", [])
    for number, entry in enumerate(own if isinstance(own, list) else [own], start=1):
        name = entry.get("id", number) if isinstance(entry, dict) else number
        option = validated(source, BANK_FILE, f"{place}, option {name}", Option, entry)
        if option is not None:
            options.append(option)
    return tuple(options)


def _refuse_unknown_keys(source: Source, file: str) -> None:
    """Note a top-level key that nothing reads: most often a misspelt one."""
    known = {section.key for section in SECTIONS if section.file == file}
    known |= {name for name, text_file in TEXTS if text_file == file}
    if file == BANK_FILE:
        known |= {"bank", "version", "questions"}
    for key in source.document(file):
        if key not in known:
            source.note(file, str(key), "nothing reads this key")

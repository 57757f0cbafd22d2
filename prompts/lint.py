"""Check the words against the fixed ids and against what Slack accepts, all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources.abc import Traversable

from jinja2 import Environment, TemplateError, meta

from prompts import ids
from prompts.record_source import RECORD_FILE, RecordSource, read_record
from prompts.render import environment
from prompts.source import BANK_FILE, SECTIONS, Source, read

# What Slack's elements take (options of one element).
MOST_OPTIONS = {"radio": 10, "select": 100, "multi_select": 100, "text": 0, "group": 0}
RULE_MAX = 160
PROBLEM_MAX = 300


def check(root: Traversable, locale: str) -> Source:
    """Read a locale folder and note every problem in it."""
    source = read(root, locale)
    _check_ids(source)
    _check_questions(source)
    env = environment(root.joinpath(locale), plain=True)
    _check_sentences(source, env, "rules", "rules.yaml", ids.RULES, RULE_MAX)
    _check_sentences(source, env, "problems", "problems.yaml", ids.PROBLEMS, PROBLEM_MAX)
    _check_sentences(source, env, "missing", "missing.yaml", ids.MISSING, PROBLEM_MAX)
    _check_words(source)
    _check_templates(source, env)
    return source


def check_record(root: Traversable, locale: str) -> RecordSource:
    """Read the words of the record and note every problem in them."""
    found = read_record(root, locale)
    _check_names(found, "parts", found.seen["parts"], tuple(ids.RECORD_PARTS))
    _check_names(found, "options", found.seen["options"], tuple(ids.RECORD_OPTIONS))
    _check_names(found, "items", found.seen["items"], ids.ITEMS)
    for name in ids.RECORD_OPTIONS.keys() & found.options.keys():
        place = f"options {name}"
        _compare(found.source, RECORD_FILE, place, found.seen[place], ids.RECORD_OPTIONS[name])
    for name, words in found.parts.items():
        _check_names(found, f"parts {name}, fields", list(words.fields), ids.RECORD_PARTS.get(name, ()))
        for field, each in words.fields.items():
            if each.options_from not in ("", *ids.RATED):
                place = f"parts {name}, fields.{field}.options_from"
                found.source.note(RECORD_FILE, place, f"no rating is asked in a question {each.options_from}")
    return found


def _check_names(found: RecordSource, place: str, names: Sequence[str], fixed: Sequence[str]) -> None:
    """Compare names that may stand in any order with the fixed ones."""
    _compare(found.source, RECORD_FILE, place, sorted(names), sorted(fixed))


def _check_ids(source: Source) -> None:
    """Compare each list's ids, and their order, with the fixed ones; and the flags that the rules rely on."""
    for section in SECTIONS:
        _compare(source, section.file, section.key, source.seen[section.name], section.ids)
    _compare(source, BANK_FILE, "questions", source.seen["questions"], tuple(ids.QUESTIONS))
    for group in source.items["groups"].values():
        if group.at_risk != (group.id in ids.AT_RISK_GROUPS):
            source.note("questions/groups.yaml", f"groups {group.id}, at_risk", "the rules say otherwise")
    for kind in source.items["mitigations"].values():
        if kind.soft != (kind.id in ids.SOFT_MITIGATIONS):
            place = f"mitigations {kind.id}, soft"
            source.note("questions/mitigations.yaml", place, "the rules say otherwise")


def _compare(source: Source, file: str, place: str, found: Sequence[str], fixed: Sequence[str]) -> None:
    """Note ids that are missing, unknown, written twice or out of order.

    A file that could not be read is noted once already; its ids are not listed one by one on top of that.
    """
    if not source.document(file):
        return
    for name in fixed:
        if name not in found:
            source.note(file, place, f"the id {name} is missing")
    for name in sorted(set(found) - set(fixed)):
        source.note(file, place, f"the id {name} is unknown")
    for name in sorted({name for name in found if found.count(name) > 1}):
        source.note(file, place, f"the id {name} is written twice")
    if sorted(found) == sorted(fixed) and list(found) != list(fixed):
        source.note(file, place, "the entries are not in their fixed order")


def _check_questions(source: Source) -> None:
    """Check each question's options: the fixed ones, and not more than its element takes."""
    for question in source.items["questions"].values():
        place = f"questions {question.id}"
        most = MOST_OPTIONS[question.type]
        if len(question.options) > most:
            source.note(BANK_FILE, place, f"Slack takes at most {most} options in a {question.type}")
        if question.type == "text" and not question.max_length:
            source.note(BANK_FILE, place, "a text question needs its max_length")
        if question.id in ids.QUESTIONS:
            found = [option.id for option in question.options]
            _compare(source, BANK_FILE, f"{place}, options", found, ids.QUESTIONS[question.id])


def _check_sentences(
    source: Source, env: Environment, name: str, file: str, fixed: Mapping[str, Sequence[str]], most: int
) -> None:
    """Check that each fixed id has one sentence that renders with the values it is promised."""
    texts = source.texts[name]
    _compare(source, file, name, sorted(texts), sorted(fixed))
    for key, text in texts.items():
        allowed = fixed.get(key, ())
        try:
            wanted = meta.find_undeclared_variables(env.parse(text))
            strange = sorted(wanted - set(allowed))
            if strange:
                source.note(file, f"{name} {key}", f"no value {', '.join(strange)} is given to this sentence")
                continue
            size = len(env.from_string(text).render({value: ids.SAMPLES[value] for value in allowed}))
        except TemplateError as error:
            source.note(file, f"{name} {key}", f"the template does not work ({error.message})")
        else:
            if size > most:
                source.note(file, f"{name} {key}", f"{size} characters are more than {most}")


def _check_words(source: Source) -> None:
    """Check that each small word is there and fits its place."""
    words = source.texts["words"]
    _compare(source, BANK_FILE, "words", sorted(words), sorted(ids.WORDS))
    for key, text in words.items():
        most = ids.WORDS.get(key, len(text))
        if len(text) > most:
            source.note(BANK_FILE, f"words {key}", f"{len(text)} characters are more than {most}")


def _check_templates(source: Source, env: Environment) -> None:
    """Parse every message template of the locale."""
    folder = source.root.joinpath(source.locale).joinpath("messages")
    for entry in sorted(folder.iterdir(), key=lambda item: item.name) if folder.is_dir() else ():
        if not entry.name.endswith(".md.j2"):
            continue
        try:
            env.parse(entry.read_text(encoding="utf-8"))
        except TemplateError as error:
            place = f"line {getattr(error, 'lineno', None)}"
            source.note(f"messages/{entry.name}", place, f"the template does not parse ({error.message})")

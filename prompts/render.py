"""Turn templates into words: values are escaped for Slack unless they are marked as ready."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template, TemplateNotFound

from prompts.models import BankError

LOCALE = "en"
ELLIPSIS = "…"
_JOINER = "\u2060"  # invisible; keeps Slack from reading a name, channel or address out of what someone typed
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_NAME = re.compile(r"[a-z0-9_]+(?:/[a-z0-9_]+)*")
_LINKISH = re.compile(r"[@#](?=\w)|:(?=//)|(?<=\w)\.(?=[^\W\d]\w)|(?<=mailto):|(?<=tel):", re.IGNORECASE)
# Marks that turn the reading direction: one of them could rewrite the rest of the line.
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")


class Mrkdwn(str):
    """Text that is Slack mrkdwn already: it is printed as it stands."""

    __slots__ = ()


def escape(text: str) -> Mrkdwn:
    """Replace the three characters that Slack gives a meaning of their own."""
    return Mrkdwn("".join(_ENTITIES.get(char, char) for char in text))


def _tidy(text: str) -> str:
    """Make one line of it: no control characters, no turned reading direction, single spaces."""
    spaced = "".join(" " if unicodedata.category(char) == "Cc" else char for char in text)
    return " ".join(_DIRECTION.sub("", spaced).split())


def _cut(pieces: Iterable[str], limit: int) -> str:
    """Join whole pieces up to `limit` characters, ending in an ellipsis when some had to go."""
    parts = list(pieces)
    if sum(map(len, parts)) <= limit:
        return "".join(parts)
    kept: list[str] = []
    room = limit - len(ELLIPSIS)
    for part in parts:
        if len(part) > room:
            break
        kept.append(part)
        room -= len(part)
    return "".join(kept).rstrip("\u200d\u2060 ") + ELLIPSIS


def quote(text: object, limit: int) -> Mrkdwn:
    """Make what a person wrote safe to show inside a line of ours, in at most `limit` characters.

    One line, escaped, no code marks (they are the only formatting that reaches past a line), and an
    invisible joiner inside whatever Slack would turn into a mention, a channel or a link. The limit counts
    the escaped text, because that is what Slack counts; nothing is cut inside an entity.

    Raises ValueError when `limit` leaves no room for the ellipsis.
    """
    _need_room(limit)
    safe = _LINKISH.sub(lambda hit: hit[0] + _JOINER, _tidy(str(text)).replace("`", "'"))
    return Mrkdwn(_cut((_ENTITIES.get(char, char) for char in safe), limit))


def shorten(text: object, limit: int) -> str:
    """Make one line of at most `limit` characters for a plain_text place, where nothing is interpreted."""
    _need_room(limit)
    return _cut(_tidy(str(text)), limit)


def _need_room(limit: int) -> None:
    """Raise ValueError when not even the ellipsis fits."""
    if limit < len(ELLIPSIS):
        raise ValueError(f"a limit of {limit} leaves no room for words")


def listed(items: Iterable[object]) -> Mrkdwn:
    """Write a list as a person would: `a, b and c`, each item escaped unless it is Mrkdwn."""
    return Mrkdwn(_and_list([_printed(item) for item in items]))


def _and_list(parts: list[str]) -> str:
    """Join with commas and one `and`."""
    return parts[0] if len(parts) == 1 else " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def _printed(value: object) -> str:
    """Escape a value on its way into mrkdwn; None is refused, since the word "None" is never meant."""
    if value is None:
        raise TypeError("a template printed a value that is None")
    return value if isinstance(value, Mrkdwn) else escape(str(value))


def _printed_plain(value: object) -> str:
    """Print a value as it is; None is refused."""
    if value is None:
        raise TypeError("a template printed a value that is None")
    return str(value)


def environment(locale_root: Traversable, *, plain: bool = False) -> Environment:
    """Build the Jinja environment for one locale folder; `plain` leaves values unescaped.

    Templates print values and include each other; they define no macros, whose output would be escaped twice.
    """
    env = Environment(
        loader=FunctionLoader(_reader(locale_root)),
        undefined=StrictUndefined,
        finalize=_printed_plain if plain else _printed,
        autoescape=False,  # noqa: S701  Slack knows three entities; HTML's quotes would show as they are
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    env.filters["quote"] = shorten if plain else quote
    env.filters["listed"] = (lambda items: _and_list([str(item) for item in items])) if plain else listed
    return env


def _reader(locale_root: Traversable) -> Callable[[str], str | None]:
    """Give Jinja a way to read templates through the package's resources, wherever it is installed."""

    def read(name: str) -> str | None:
        if not _NAME.fullmatch(name):
            return None
        entry = locale_root.joinpath("messages").joinpath(f"{name}.md.j2")
        return entry.read_text(encoding="utf-8") if entry.is_file() else None

    return read


@cache
def _environment(plain: bool) -> Environment:
    """Build our own environment once for each way of printing."""
    return environment(files("prompts").joinpath(LOCALE), plain=plain)


@lru_cache(maxsize=512)
def _compiled(template: str, plain: bool) -> Template:
    """Compile a sentence once."""
    return _environment(plain).from_string(template)


def _message(name: str, plain: bool) -> Template:
    """Find a message template by name, or raise BankError."""
    try:
        return _environment(plain).get_template(name)
    except TemplateNotFound as missing:
        raise BankError(f"there is no template {LOCALE}/messages/{missing.name}.md.j2") from missing


def render(name: str, /, **values: object) -> str:
    """Render messages/{name}.md.j2 as mrkdwn, escaped and stripped.

    Raises jinja2.UndefinedError when a value is missing and BankError when there is no such template.
    """
    return _message(name, plain=False).render(values).strip()


def plain(name: str, /, **values: object) -> str:
    """Render messages/{name}.md.j2 for a plain_text place: nothing is escaped."""
    return _message(name, plain=True).render(values).strip()


def render_text(template: str, /, **values: object) -> str:
    """Render one sentence, such as a rule's, as mrkdwn; raises jinja2.UndefinedError for a missing value."""
    return _compiled(template, False).render(values).strip()


def plain_text(template: str, /, **values: object) -> str:
    """Render one sentence for a plain_text place: nothing is escaped."""
    return _compiled(template, True).render(values).strip()

"""Speak JSON to the playground's web page, and to nobody else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, Request, Response, request

from bot.playground.modals import View
from bot.playground.values import Json, Message, Person, Refused

if TYPE_CHECKING:
    from bot.playground.acts import Place
    from bot.playground.stage import Stage

MAX_STREAMS = 12
HEARTBEAT_SECONDS = 15.0
LONGEST_JUMP = timedelta(days=3660)
_ASSET = re.compile(r"[A-Za-z0-9_-]+\.(js|css|svg|png|woff2|json)")
_KINDS = {
    "js": "text/javascript",
    "css": "text/css",
    "svg": "image/svg+xml",
    "png": "image/png",
    "woff2": "font/woff2",
    "json": "application/json",
}
_SAFE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def create_page(standin: Stage) -> Flask:
    """Return the Flask app of the page: its files, and the JSON it lives on."""
    page = Flask(__name__, static_folder=None)
    page.before_request(lambda: _only_our_own_page(standin, request))
    page.after_request(_add_headers)
    page.register_error_handler(Refused, _refused)
    page.register_error_handler(BadInput, _bad_input)
    page.register_blueprint(_files())
    page.register_blueprint(_reading(Reader(standin)), url_prefix="/play")
    page.register_blueprint(_acting(standin), url_prefix="/play")
    page.register_blueprint(_steering(standin), url_prefix="/play")
    return page


class BadInput(Exception):
    """Report that a request of the page lacks something or holds the wrong kind of value."""


def _error(code: str, message: str, status: int) -> tuple[Json, int]:
    return {"error": code, "message": message}, status


def _refused(refusal: Refused) -> tuple[Json, int]:
    return _error(refusal.code, refusal.detail or f"Slack would refuse this ({refusal.code}).", 422)


def _bad_input(problem: BadInput) -> tuple[Json, int]:
    return _error("bad_input", str(problem), 400)


def _only_our_own_page(standin: Stage, asked: Request) -> tuple[Json, int] | None:
    """Refuse other web pages of the same browser: wrong host name, wrong origin, or no JSON."""
    ours = {f"127.0.0.1:{standin.port}", f"localhost:{standin.port}"}
    origin = asked.headers.get("Origin")
    site = asked.headers.get("Sec-Fetch-Site", "same-origin")
    if asked.host not in ours or (origin is not None and origin.removeprefix("http://") not in ours):
        return _error("cross_origin", "Only the playground's own page may do this.", 403)
    if asked.path.startswith("/play") and site not in ("same-origin", "none"):
        return _error("cross_origin", "Only the playground's own page may do this.", 403)
    if asked.method == "POST" and asked.mimetype != "application/json":
        return _error("not_json", "Send JSON.", 415)
    return None


def _add_headers(answer: Response) -> Response:
    answer.headers.update(_SAFE_HEADERS)
    return answer


def _files() -> Blueprint:
    files_of_page = Blueprint("files", __name__)
    folder = files("bot.playground") / "pages"

    @files_of_page.get("/")
    def index() -> Response:
        return Response((folder / "index.html").read_bytes(), mimetype="text/html")

    @files_of_page.get("/assets/<name>")
    def asset(name: str) -> Response:
        found = folder / name
        if not _ASSET.fullmatch(name) or not found.is_file():
            return Response("not found", 404)
        return Response(found.read_bytes(), mimetype=_KINDS[name.rpartition(".")[2]])

    return files_of_page


class Reader:
    """Describe the workspace as one person sees it."""

    def __init__(self, standin: Stage) -> None:
        self.standin = standin
        self.workspace = standin.workspace

    def state(self, me: str) -> Json:
        """Return everything around the conversation: people, channels, modals, time, notices."""
        standin, ws = self.standin, self.workspace
        due = ws.clock.next_due()  # may read the bot's database, so not while holding the lock
        with ws.changes.lock:
            person, home = ws.person(me), ws.modals.homes.get(me)
            return {
                "rev": ws.changes.rev,
                "now": ws.now().isoformat(),
                "real_now": datetime.now(UTC).isoformat(),
                "next_due": due.isoformat() if due else None,
                "company": ws.company,
                "notice": standin.notice,
                "bot": self._bot(),
                "me": person.id,
                "people": [_person(one) for one in ws.people.values()],
                "channels": self._channels(me),
                "dm": {"id": ws.dm_of(me), "unread": ws.unread(me, ws.dm_of(me))},
                "commands": [_pick(one, "command", "description", "usage_hint") for one in standin.acts.commands],
                "shortcuts": [_pick(one, "callback_id", "name", "type") for one in standin.acts.shortcuts],
                "stack": [standin.acts.shown(view) for view in ws.modals.stack(me)],
                "home": standin.acts.shown(home) if home else None,
                "notices": [{"id": n, "text": text} for n, text in ws.notices.get(me, ())],
            }

    def anyone(self) -> str:
        """Return the first person of the company, for a page that does not yet know who it is."""
        return next(iter(self.workspace.people))

    def messages(self, me: str, reference: str) -> list[Json]:
        """Return what one person sees in one conversation."""
        ws = self.workspace
        return [self._message(one) for one in ws.seen_by(me, ws.channel_id(reference, me))]

    def events(self, gone: Callable[[], bool]) -> Iterator[str]:
        """Yield a server-sent event at once and on each change, until the page goes away."""
        changes, stopping = self.workspace.changes, self.standin.stopping
        seen, quiet = -1, 0.0
        while not stopping.is_set() and not gone():
            if changes.wait_past(seen, 1.0):
                seen, quiet = changes.rev, 0.0
                yield f'data: {{"rev": {seen}}}\n\n'
            else:
                quiet += 1.0
                if quiet >= HEARTBEAT_SECONDS:
                    quiet = 0.0
                    yield ": still here\n\n"

    def _bot(self) -> Json:
        standin = self.standin
        connected = standin.delivery.transport.connected
        return {"name": self.workspace.bot_name, "connected": connected, "transport": standin.transport}

    def _channels(self, me: str) -> list[Json]:
        ws = self.workspace
        return [
            {
                "id": one.id,
                "name": one.name,
                "private": one.private,
                "archived": one.archived,
                "unread": ws.unread(me, one.id),
            }
            for one in ws.channels.values()
            if me in one.members
        ]

    def _message(self, one: Message) -> Json:
        return {
            "ts": one.ts,
            "at": one.at.isoformat(),
            "user": "BOT" if one.user == self.workspace.bot_user else one.user,
            "text": one.text,
            "blocks": one.blocks,
            "ephemeral": one.ephemeral,
            "edited": one.edited,
            "visible_to": one.visible_to,
        }


def _person(one: Person) -> Json:
    return {
        "id": one.id,
        "name": one.name,
        "real_name": one.real_name,
        "title": one.title,
        "tz": one.tz,
        "deleted": one.deleted,
        "is_bot": one.is_bot,
    }


def _pick(one: Json, *names: str) -> Json:
    return {name: one.get(name, "") for name in names}


def _asked(name: str) -> str:
    value = request.args.get(name)
    if not value:
        raise BadInput(f"Say which {name!r}.")
    return value


def _body() -> Json:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise BadInput("Send a JSON object.")
    return body


def _text(body: Json, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str):
        raise BadInput(f"{name!r} must be text.")
    return value


def _maybe(body: Json, name: str) -> str | None:
    return _text(body, name) if body.get(name) is not None else None


def _reading(reader: Reader) -> Blueprint:
    routes = Blueprint("reading", __name__)
    streams: list[object] = []

    @routes.get("/state")
    def state() -> Json:
        return reader.state(request.args.get("as") or reader.anyone())

    @routes.get("/messages")
    def messages() -> Json:
        return {"messages": reader.messages(_asked("as"), _asked("channel"))}

    @routes.get("/wire")
    def wire() -> Json:
        kept = reader.standin.wire.since(request.args.get("since", 0, type=int))
        return {"entries": [one.as_json() for one in kept], "last": reader.standin.wire.last}

    @routes.get("/events")
    def events() -> Response | tuple[Json, int]:
        reader.workspace.person(_asked("as"))
        if len(streams) >= MAX_STREAMS:
            return _error("too_many_pages", "Close one of the other playground pages first.", 429)
        gone: Any = request.environ.get("waitress.client_disconnected", lambda: False)
        ticket = object()
        streams.append(ticket)

        def stream() -> Iterator[str]:
            try:
                yield from reader.events(gone)
            finally:
                streams.remove(ticket)

        return Response(stream(), mimetype="text/event-stream")

    return routes


def _place(standin: Stage, body: Json) -> Place:
    where = body.get("where", "modal")
    if where not in ("modal", "home", "message"):
        raise BadInput("'where' must be modal, home or message.")
    message = (_text(body, "channel"), _text(body, "ts")) if where == "message" else None
    return standin.acts.place(_text(body, "as"), message, where == "home")


def _acting(standin: Stage) -> Blueprint:
    routes, acts = Blueprint("acting", __name__), standin.acts

    @routes.post("/say")
    def say() -> Json:
        body = _body()
        reply = acts.types(_text(body, "as"), _text(body, "text"), _text(body, "channel"))
        return {"ok": True, "ephemeral": reply.ephemeral}

    @routes.post("/shortcut")
    def shortcut() -> Json:
        body = _body()
        message = acts.place(_text(body, "as"), (_text(body, "channel"), _text(body, "ts"))) if body.get("ts") else None
        found = None if isinstance(message, View) else message
        acts.shortcut(_text(body, "as"), _text(body, "callback_id"), found)
        return {"ok": True}

    @routes.post("/home")
    def home() -> Json:
        acts.open_home(_text(_body(), "as"))
        return {"ok": True}

    @routes.post("/action")
    def action() -> Json:
        body = _body()
        place = _place(standin, body)
        acts.act(_text(body, "as"), place, _maybe(body, "block_id"), _maybe(body, "action_id"), body.get("value"))
        return {"ok": True}

    @routes.post("/set")
    def set_value() -> Json:
        body = _body()
        me = _text(body, "as")
        acts.set(me, _maybe(body, "block_id"), _maybe(body, "action_id"), body.get("value"))
        return {"modal": acts.modal(me)}

    @routes.post("/submit")
    def submit() -> Json:
        reply = acts.submit(_text(_body(), "as"))
        return {"closed": reply.closed, "errors": reply.errors}

    @routes.post("/close")
    def close() -> Json:
        acts.close(_text(_body(), "as"))
        return {"ok": True}

    @routes.post("/options")
    def options() -> Json:
        body = _body()
        text = _maybe(body, "text") or ""
        ids = (_maybe(body, "block_id"), _maybe(body, "action_id"))
        return acts.options(_text(body, "as"), _place(standin, body), *ids, text)

    return routes


def _jump(standin: Stage, body: Json) -> timedelta:
    if body.get("to") == "next_due":
        due = standin.workspace.clock.next_due()
        return max(due - standin.workspace.now(), timedelta()) if due else timedelta()
    seconds = body.get("seconds")
    if not isinstance(seconds, (int, float)) or isinstance(seconds, bool):
        raise BadInput("'seconds' must be a number.")
    if not 0 <= seconds <= LONGEST_JUMP.total_seconds():
        raise BadInput("The clock moves forward only, by ten years at most.")
    return timedelta(seconds=seconds)


def _steering(standin: Stage) -> Blueprint:
    routes = Blueprint("steering", __name__)

    @routes.post("/read")
    def read() -> Json:
        body = _body()
        me = _text(body, "as")
        standin.workspace.mark_read(me, standin.workspace.channel_id(_text(body, "channel"), me))
        return {"ok": True}

    @routes.post("/clock")
    def clock() -> Json:
        standin.workspace.clock.advance(_jump(standin, _body()))
        standin.workspace.changes.touch()
        return {"now": standin.workspace.now().isoformat()}

    @routes.get("/faults")
    def faults() -> Json:
        return {"faults": [one.as_json() for one in standin.faults.waiting()]}

    @routes.post("/faults")
    def fail() -> Json:
        body = _body()
        times, retry_after = body.get("times", 1), body.get("retry_after", 1)
        if type(times) is not int or type(retry_after) is not int:
            raise BadInput("'times' and 'retry_after' must be whole numbers.")
        standin.faults.fail(_text(body, "method"), _text(body, "error"), times, retry_after)
        return faults()

    @routes.delete("/faults")
    def forgive() -> Json:
        standin.faults.clear()
        return faults()

    return routes

"""Serve the stand-in workspace on this machine only, and hand out its people."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import unquote

from waitress.server import create_server  # type: ignore[import-untyped]

from bot.playground.acts import Acts
from bot.playground.deliver import Delivery, HttpTransport
from bot.playground.faults import Faults
from bot.playground.hand import Hand
from bot.playground.methods import Call
from bot.playground.payloads import Payloads, random_secret
from bot.playground.socket_mode import SocketTransport
from bot.playground.values import Channel, Clock, Json, Person, RealTokens, SlackError
from bot.playground.web_api import WebApi, parse
from bot.playground.wire import Wire
from bot.playground.workspace import Workspace

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HOST = "127.0.0.1"
THREADS = 32
MOST_BYTES = 4_000_000
_TOKENS = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET")


def refuse_real_tokens(environ: Mapping[str, str]) -> None:
    """Raise RealTokens when the environment names a real workspace, so that nobody tries out on it."""
    found = [name for name in _TOKENS if environ.get(name)]
    if found:
        raise RealTokens(
            f"The playground is not for a real workspace, but {', '.join(found)} is set. Unset it and try again."
        )


class StandIn:
    """Run one stand-in workspace: state, Web API, delivery to the bot, web page."""

    def __init__(
        self,
        *,
        people: Iterable[Person],
        channels: Iterable[Channel],
        manifest: Json,
        clock: Clock,
        company: str = "Lumen Labs",
        bot_url: str | None = None,
        transport: Literal["http", "socket"] = "http",
        port: int = 0,
        signing_secret: str | None = None,
        bot_token: str | None = None,
        app_token: str | None = None,
    ) -> None:
        self.signing_secret = signing_secret or random_secret("")
        self.bot_token = bot_token or random_secret("xoxb-playground-")
        self.app_token = app_token or random_secret("xapp-playground-")
        self.transport = transport
        self.workspace = Workspace(people, channels, manifest, clock, company)
        self.faults = Faults()
        self.wire = Wire(self.workspace.now)
        self.http = HttpTransport(self.signing_secret, bot_url)
        self.socket = SocketTransport(self.workspace.app_id, self.workspace.changes)
        chosen = self.socket if transport == "socket" else self.http
        self.delivery = Delivery(chosen, self.wire)
        self.notice = ""
        """What the page says in red, on top of everything."""
        self.stopping = threading.Event()
        self._loop: threading.Thread | None = None
        self._server: Any = create_server(
            self._serve,
            listen=f"{HOST}:{port}",
            threads=THREADS,
            ident=None,
            channel_request_lookahead=1,
            asyncore_use_poll=True,
            max_request_body_size=MOST_BYTES,
        )
        self.port = int(self._server.effective_port)
        self.url = f"http://{HOST}:{self.port}"
        self.api_url = f"{self.url}/api/"
        self.payloads = Payloads(self.workspace, self.url)
        self.acts = Acts(self.workspace, self.payloads, self.delivery)
        self.api = self._web_api(manifest)
        self._page: WSGIApplication | None = None

    def start(self) -> StandIn:
        """Begin to serve; returns itself."""
        self._loop = threading.Thread(target=self._run, name="stand-in", daemon=True)
        self._loop.start()
        return self

    def stop(self) -> None:
        """Stop serving and close every connection."""
        self.stopping.set()
        self.api.stopping.set()
        self.workspace.changes.touch()
        self.socket.stop()
        if self._loop is not None:
            self._server.pull_trigger()
            self._loop.join(5)
        self._server.task_dispatcher.shutdown(timeout=2)
        for open_line in list(self._server._map.values()):
            with contextlib.suppress(OSError):
                open_line.close()

    def __enter__(self) -> StandIn:
        """Start serving."""
        return self.start()

    def __exit__(self, *_: object) -> None:
        """Stop serving."""
        self.stop()

    def connect(self, bot_url: str) -> None:
        """Deliver signed HTTP to this address, the bot's `/slack/events`."""
        self.http.url = bot_url
        self.workspace.changes.touch()

    def as_person(self, person_id: str) -> Hand:
        """Return what one person can do and see."""
        return Hand(self.acts, person_id)

    def deactivate(self, person_id: str) -> None:
        """Deactivate a member's account, and tell the bot if it listens for that."""
        self.workspace.change_person(person_id, deleted=True)
        if "user_change" in self.acts.bot_events:
            self.delivery.event(self.payloads.user_change(person_id))

    def _web_api(self, manifest: Json) -> WebApi:
        scopes = frozenset(manifest.get("oauth_config", {}).get("scopes", {}).get("bot", []))
        call = Call(self.workspace, self.payloads, scopes, self.url, self.socket.new_url)
        return WebApi(call, self.bot_token, self.app_token, self.faults, self.wire)

    def _run(self) -> None:
        while not self.stopping.is_set():
            self._server.asyncore.loop(timeout=1.0, use_poll=True, map=self._server._map, count=1)

    def _serve(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        path: str = environ["PATH_INFO"]
        if path.startswith("/api/"):
            return self.api(environ, start)
        if path.startswith("/respond/"):
            return self._respond(environ, start, path)
        if self._page is None:
            from bot.playground.page_api import create_page  # Flask is only loaded for the page

            self._page = create_page(self).wsgi_app
        return self._page(environ, start)

    def _respond(self, environ: WSGIEnvironment, start: StartResponse, path: str) -> Iterable[bytes]:
        """Take a POST to a response_url."""
        data = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        name = unquote(path).removeprefix("/respond/").partition("/")[2]
        body: Json = {}
        answer: Json = {"ok": True}
        status = "200 OK"
        try:
            body = parse(data, environ.get("CONTENT_TYPE") or "application/json")
            self.workspace.respond(name, body)
        except SlackError as refusal:
            answer = {"ok": False, "error": refusal.error, **refusal.extra}
            gone = refusal.error in ("used_url", "expired_url", "invalid_url")
            status = "404 Not Found" if gone else "400 Bad Request"
        self.wire.note("from_bot", "response_url", "answers an act", body, answer, int(status[:3]), 0.0)
        text = json.dumps(answer).encode() if not answer["ok"] else b"ok"
        start(status, [("Content-Type", "application/json"), ("Content-Length", str(len(text)))])
        return [text]

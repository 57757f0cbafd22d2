"""Slack over signed HTTP, and whether we are well; Flask for the routes, waitress for the sockets."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, jsonify, request
from slack_bolt import App
from slack_bolt.adapter.flask.handler import to_flask_response
from waitress.server import create_server  # type: ignore[import-untyped]

from bot.edge import Edge
from bot.health import Pulse, examine, measure
from bot.manifest import EVENTS_PATH
from bot.metrics import CONTENT_TYPE, Metrics
from bot.services import Services
from bot.web.inbound import NotSigned, bolt_request
from bot.web.inbox import add_inbox
from bot.web.signals import add_signals
from workflows.clock import utcnow

BODY_MAX = 2 * 1024 * 1024
"""Slack's own payloads stay under 250 kB; more is refused before it is read."""


def create_site(
    services: Services,
    app: App | None,
    pulse: Callable[[], Pulse] | None = None,
    metrics: Metrics | None = None,
    edge: Edge | None = None,
) -> Flask:
    """Build the site: health and metrics always, Slack's events where they come over HTTP (`app` given).

    `pulse` asks the worker of this process how it is; `metrics` are what this process counts; `edge` is what every
    payload of Slack's passes first.
    """
    site = Flask("hrdd", static_folder=None)
    site.config["MAX_CONTENT_LENGTH"] = BODY_MAX
    counted = metrics or Metrics()

    @site.get("/healthz")
    def healthz() -> tuple[Response, int]:
        """Say whether records can be read and promises are being kept; 503 and what is wrong where not."""
        well, found = examine(services.desk.db, pulse() if pulse else None, utcnow())
        return jsonify(found), 200 if well else 503

    @site.get("/metrics")
    def show_metrics() -> Response:
        """Give the counts to Prometheus."""
        return Response(measure(services.desk.db, counted, utcnow()), content_type=CONTENT_TYPE)

    add_signals(site, services)
    add_inbox(site, services)

    if app is not None:
        _add_events(site, app, edge or Edge(), services.settings.secret("slack_signing_secret"))

    return site


def _add_events(site: Flask, app: App, edge: Edge, secret: str) -> None:
    """Add Slack's events to a site."""

    @site.post(EVENTS_PATH)
    def slack_events() -> Response | tuple[Response, int]:
        """Hand Slack's request to Bolt, which checks its signature and age first, or has had them checked."""
        try:
            asked = bolt_request(request.get_data(cache=False), dict(request.headers), edge, secret)
        except NotSigned:
            return jsonify(error="invalid request"), 401
        except (ValueError, TypeError, AttributeError, KeyError):
            # Nothing that Slack sends; the reason would quote it, so it is not logged.
            return Response(status=400)
        answer = app.dispatch(asked)
        if asked.mode == "http" and answer.status == 200:
            # Only now it is known to be Slack's: nobody else can make others wait, or the crowd look larger.
            edge.counts(asked.body)
        return to_flask_response(answer)


class Door:
    """Serves a site on a thread of its own, from `start` until `stop`."""

    def __init__(self, site: Flask, host: str, port: int, threads: int) -> None:
        """Bind at once; raises OSError where the port is taken."""
        self._server: Any = create_server(
            site, host=host, port=port, threads=threads, ident=None, channel_request_lookahead=1, asyncore_use_poll=True
        )
        self._thread = threading.Thread(target=self._server.run, name="hrdd-http", daemon=True)
        self.port = int(self._server.effective_port)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more requests and let those in hand finish."""
        # Waitress's loop runs on its own thread, and only there may its sockets be closed.
        with contextlib.suppress(OSError):
            # A loop that is awake may close the trigger, with the rest, before it is pulled.
            self._server.trigger.pull_trigger(self._close)
        self._server.task_dispatcher.shutdown(timeout=5)
        if self._thread.is_alive():
            self._thread.join(5)

    def _close(self) -> None:
        for line in list(self._server._map.values()):
            line.close()

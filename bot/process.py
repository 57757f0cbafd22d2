"""One running bot: the app, the worker, and the way in (signed HTTP or a socket), started and stopped together."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from zoneinfo import ZoneInfo

from flask import Flask
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.error import BoltError
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot import edge
from bot.app import create_app
from bot.attention import Attention
from bot.grid import Grid
from bot.health import Pulse
from bot.metrics import Metrics
from bot.services import Services
from bot.settings import Settings, SettingsError
from bot.web.server import Door, create_site
from bot.worker import Worker
from storage.keystore import KeystoreError
from workflows import reader_keys
from workflows.clock import utcnow
from workflows.desk import Desk
from workflows.vault import KdfTooWeak, KdfUnreadable, Vault

log = logging.getLogger(__name__)
REFUSED = frozenset({"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"})


class EdgeSocket(SocketModeHandler):
    """Takes envelopes from a socket; each passes the edge before Bolt builds a request of it."""

    def __init__(self, app: App, passes: edge.Edge, token: str, client: WebClient) -> None:
        # Slack's client writes whole envelopes, words and people included, to a log for debugging. This one is in no
        # list of logs, so that nothing that turns levels down for everybody reaches it.
        quiet = logging.Logger("hrdd.socket", logging.ERROR)
        quiet.parent = logging.getLogger("hrdd")
        super().__init__(app, app_token=token, logger=quiet, web_client=client)
        self._edge = passes

    def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]
        """Answer one envelope."""
        req.payload = self._edge.takes(req.payload)
        super().handle(client, req)


class Process:
    """Runs the bot in this process until `stop`. `url` is where Slack's events are received over HTTP."""

    def __init__(self, services: Services, *, worker: bool = True) -> None:
        self._services = services
        attention = Attention()
        self._worker = Worker(services, attention) if worker else None
        concerns = services.desk.policy.concerns
        self.edge = edge.Edge.for_staff(concerns.staff if concerns else None)
        self._app: App = create_app(services, self._worker.wake if self._worker else _nothing, attention)
        self._grid = _grid_of(services, self.edge.take_uses)
        self._door: Door | None = None
        self._socket: SocketModeHandler | None = None
        self.url = ""

    def start(self) -> None:
        """Open the way in and start the worker.

        Raises:
            SettingsError: Slack refuses a token, the port is taken, the engine cannot start, or a log would write
                down what people send.
        """
        settings = self._services.settings
        if self._services.vault is not None:
            edge.refuse_loud_logs()
            _warn_of_swap(self._services.vault)
        prepare_vault(self._services)
        app = None if settings.socket_mode else self._app
        site = create_site(self._services, app, *_seen(self._worker), self.edge)
        self._door = _open_door(site, settings, settings.hrdd_port)
        self.url = f"http://{settings.hrdd_host}:{self._door.port}"
        self._door.start()
        if self._worker is not None:
            self._worker.start()
        if self._grid is not None:
            self._grid.start()
        _get_acquainted(self._services)
        if settings.socket_mode:
            self._connect()

    def stop(self) -> None:
        """Stop taking requests, let the worker finish the message in hand, close the database."""
        self._disconnect()
        if self._door is not None:
            self._door.stop()
        if self._worker is not None:
            self._worker.stop()
        self._app.listener_runner.listener_executor.shutdown(wait=True)
        if self._grid is not None:
            self._grid.stop()
        self._services.desk.db.dispose()

    @property
    def desk(self) -> Desk:
        """What the use cases of this bot have at hand."""
        return self._services.desk

    def wake(self) -> None:
        """Let the worker look now, for example because the clock was moved."""
        if self._worker is not None:
            self._worker.wake()
        if self._grid is not None:
            self._grid.wake()

    def _disconnect(self) -> None:
        """Close the socket; its client stumbles when the other side hangs up just then, so it is asked twice."""
        if self._socket is None:
            return
        try:
            self._socket.close()  # type: ignore[no-untyped-call]
        except AttributeError:
            self._socket.close()  # type: ignore[no-untyped-call]

    def _connect(self) -> None:
        settings = self._services.settings
        client = WebClient(
            base_url=settings.api_url, timeout=settings.hrdd_slack_timeout, logger=logging.getLogger("hrdd.slack")
        )
        token = settings.secret("slack_app_token")
        self._socket = EdgeSocket(self._app, self.edge, token, client)
        try:
            self._socket.connect()  # type: ignore[no-untyped-call]
        except SlackApiError as error:
            raise SettingsError(f"SLACK_APP_TOKEN: Slack answers {error.response['error']}.") from None
        except (SlackClientError, OSError) as error:
            raise SettingsError(f"SLACK_API_URL: Slack cannot be reached ({type(error).__name__}).") from None


class WorkerProcess:
    """Keeps promises in this process until `stop`, without a way in for Slack.

    With a `port` it serves `/healthz` and `/metrics`; `url` is where.
    """

    def __init__(self, services: Services, port: int | None = None) -> None:
        self._services = services
        self._port = port
        self._worker = Worker(services)
        self._door: Door | None = None
        self.url = ""

    def start(self) -> None:
        """Start the worker. Raises SettingsError where the port is taken or the engine cannot start."""
        if self._port is not None:
            settings = self._services.settings
            site = create_site(self._services, None, *_seen(self._worker))
            self._door = _open_door(site, settings, self._port, threads=2)
            self.url = f"http://{settings.hrdd_host}:{self._door.port}"
            self._door.start()
        self._worker.start()
        _get_acquainted(self._services)

    def stop(self) -> None:
        """Let the worker finish what is in hand, close the database."""
        self._worker.stop()
        if self._door is not None:
            self._door.stop()
        self._services.desk.db.dispose()


def prepare_vault(services: Services) -> None:
    """Set up what anonymous reports need. Raises SettingsError where their keys cannot be kept, or are too weak."""
    if services.vault is None:
        return
    try:
        services.vault.prepare()
    except KeystoreError as error:
        raise SettingsError(f"HRDD_KEYSTORE: {error}") from None
    except KdfTooWeak as error:
        raise SettingsError(
            f"The receipts of this database are stretched by {error} only, which is too weak."
        ) from None
    except KdfUnreadable:
        raise SettingsError(
            "HRDD_DATABASE_URL: the one row of hr_anon_setup does not say how receipts are stretched, so none would be "
            "found. Please put that row back as it is in a backup."
        ) from None
    with services.desk.db.ask() as session:
        strange = reader_keys.strange(session, services.vault.concerns)
    if strange:
        log.warning("%d keys of readers are not used; `hrdd policy check` says whose, and why", len(strange))


def _warn_of_swap(vault: Vault) -> None:
    """Say once where memory may be written to a disk while anonymous reports are taken: it holds words for moments."""
    if not vault.concerns.is_small and edge.swap_is_on():
        log.warning("swap is on: what anonymous reporters write may reach a disk; docs/operate.md says to turn it off")


def _grid_of(services: Services, uses: Callable[[], int]) -> Grid | None:
    vault = services.vault
    return None if vault is None else Grid(vault, ZoneInfo(services.desk.policy.timezone), uses)


def _seen(worker: Worker | None) -> tuple[Callable[[], Pulse] | None, Metrics | None]:
    """Give what a site shows of the worker, if there is one in this process."""
    return (None, None) if worker is None else (lambda: worker.pulse, worker.metrics)


def _open_door(site: Flask, settings: Settings, port: int, threads: int | None = None) -> Door:
    """Bind the port. Raises SettingsError where it is taken."""
    try:
        return Door(site, settings.hrdd_host, port, threads or settings.hrdd_threads)
    except OSError as error:
        raise SettingsError(f"HRDD_PORT {port} cannot be used: {error.strerror}.") from None


def _get_acquainted(services: Services) -> None:
    """Learn, beside everything else, in which zones those work whom the policy names: deadlines go by them."""
    desk = services.desk
    learn = threading.Thread(
        target=desk.directory.acquaint, args=(desk.policy.people(), utcnow()), name="hrdd-people", daemon=True
    )
    learn.start()


def check_token(services: Services) -> None:
    """Ask Slack who we are. A refusal stops the start; no answer does not, since Slack may come back.

    Raises:
        SettingsError: Slack refuses SLACK_BOT_TOKEN.
    """
    try:
        services.client.auth_test()
    except SlackApiError as error:
        if error.response.get("error") in REFUSED:
            raise SettingsError(f"SLACK_BOT_TOKEN: Slack answers {error.response['error']}.") from None
        log.warning("Slack answers %s; starting all the same", error.response.get("error"))
    except (SlackClientError, BoltError, OSError) as error:
        log.warning("Slack does not answer (%s); starting all the same", type(error).__name__)


def _nothing() -> None:
    """Without a worker of its own, this process leaves the outbox to the others."""

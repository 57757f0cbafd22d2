"""The Bolt app: few registrations, our own runner, and one place where errors end."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from slack_bolt import App, BoltResponse
from slack_bolt.authorization import AuthorizeResult

from bot.attention import Attention
from bot.blind import BlindDesk
from bot.listeners import register
from bot.listeners.acts import Bot
from bot.runner import WakingRunner
from bot.services import Services

log = logging.getLogger(__name__)


def create_app(services: Services, wake: Callable[[], None], attention: Attention | None = None) -> App:
    """Build the app that answers Slack, the same for signed HTTP and for Socket Mode.

    `wake` is called when a message was promised, so that it leaves now rather than at the worker's next look;
    `attention` is marked while somebody waits for an answer.
    """
    settings = services.settings
    app = App(
        # Without a name Bolt looks for one on the stack, which takes longer than all the rest of its start.
        name="hrdd",
        client=services.client,
        authorize=_authorize(settings.secret("slack_bot_token")),
        signing_secret=_signing_secret(services),
        logger=_quiet_log(),
        request_verification_enabled=not settings.socket_mode,
        raise_error_for_unhandled_request=False,
        listener_executor=ThreadPoolExecutor(settings.hrdd_threads, thread_name_prefix="hrdd-listener"),
    )
    blind = BlindDesk(services.vault, services.desk.policy.concerns, services.desk.bank)
    register(app, Bot(services, wake, attention or Attention()), blind)
    app.error(_last_resort)
    # After `register`: Bolt builds its runner with the app, and ours takes over its handlers and threads.
    app._listener_runner = WakingRunner.in_place_of(app._listener_runner)
    return app


def _authorize(token: str) -> Callable[[], AuthorizeResult]:
    """One workspace, one token: known without asking Slack, so that the first request needs nobody's answer."""

    def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=None, bot_token=token)

    return authorize


def _quiet_log() -> logging.Logger:
    """Give Bolt a log with a level of its own: below ERROR it writes out whole payloads, words included."""
    quiet = logging.getLogger("bolt")
    quiet.setLevel(logging.ERROR)
    return quiet


def _signing_secret(services: Services) -> str:
    """Over a socket nothing is signed; Bolt asks for a secret all the same."""
    return "socket-mode" if services.settings.socket_mode else services.settings.secret("slack_signing_secret")


def _last_resort(error: Exception) -> BoltResponse | None:
    """Log the kind of an error that no listener explained; its text may quote what somebody wrote."""
    log.error("Unhandled %s", type(error).__name__)
    return None

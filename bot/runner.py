"""How a listener runs: it wakes the waiting request the moment it acknowledges, and nothing after that undoes it.

Bolt's own runner looks for the acknowledgement every ten milliseconds, and an exception shortly after it wipes it, so
that Slack shows a timeout for something that worked (docs/decisions/0010). This runner waits on an event, and the
first acknowledgement stands.
"""

from __future__ import annotations

import logging
import threading
from typing import Any

from slack_bolt import BoltRequest, BoltResponse
from slack_bolt.context.ack import Ack
from slack_bolt.listener.listener import Listener
from slack_bolt.listener.thread_runner import ThreadListenerRunner

log = logging.getLogger(__name__)


class WakingAck(Ack):
    """An acknowledgement that can be waited for and given once."""

    def __init__(self) -> None:
        self._given = threading.Event()
        self._response: BoltResponse | None = None
        super().__init__()  # type: ignore[no-untyped-call]

    @property
    def response(self) -> BoltResponse | None:
        """What was acknowledged, or None."""
        return self._response

    @response.setter
    def response(self, value: BoltResponse | None) -> None:
        if value is None or self._given.is_set():
            return
        self._response = value
        self._given.set()

    def wait(self, seconds: float) -> bool:
        """Wait until it is given; say whether it was."""
        return self._given.wait(seconds)


class WakingRunner(ThreadListenerRunner):
    """Runs listeners on the app's threads, one acknowledgement each."""

    @classmethod
    def in_place_of(cls, runner: ThreadListenerRunner) -> WakingRunner:
        """Build this runner with the handlers and threads of the one that Bolt made."""
        return cls(
            logger=runner.logger,
            process_before_response=False,
            listener_error_handler=runner.listener_error_handler,
            listener_start_handler=runner.listener_start_handler,
            listener_completion_handler=runner.listener_completion_handler,
            listener_executor=runner.listener_executor,
            lazy_listener_runner=runner.lazy_listener_runner,
        )

    def run(
        self,
        request: BoltRequest,
        response: BoltResponse,
        listener_name: str,
        listener: Listener,
        starting_time: float | None = None,  # noqa: ARG002  part of Bolt's signature
    ) -> BoltResponse | None:
        """Run one listener and give its acknowledgement, or None when it gives none in Slack's three seconds."""
        if listener.lazy_functions:
            raise NotImplementedError("lazy listeners are not used here")
        ack = WakingAck()
        request.context["ack"] = ack
        if listener.auto_acknowledgement:
            ack()
        self.listener_executor.submit(self._run, request, response, listener, ack)
        if not ack.wait(listener.ack_timeout):
            log.warning("The listener %s gave no acknowledgement in time", listener_name)
        return ack.response

    def _run(self, request: BoltRequest, response: BoltResponse, listener: Listener, ack: WakingAck) -> None:
        handlers: dict[str, Any] = {"request": request, "response": response}
        try:
            self.listener_start_handler.handle(**handlers)
            listener.run_ack_function(request=request, response=response)
        except Exception as error:
            # Bolt's error handler may answer for a listener that never did; it cannot take back one that did.
            failed = BoltResponse(status=500)
            self.listener_error_handler.handle(error=error, request=request, response=failed)
            ack.response = failed
        finally:
            self.listener_completion_handler.handle(**handlers)

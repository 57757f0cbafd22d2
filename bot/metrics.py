"""What is counted for Prometheus. Counts and times only: no label ever holds an id or a name."""

from __future__ import annotations

from typing import Final, Protocol

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
_SENT: Final = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 3600.0)
_SWEEP: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5)
_NO_ANSWER: Final = ("timeout", "urlerror", "connection", "remotedisconnected", "oserror")


class MessageCounts(Protocol):
    """How many messages there are in each state (`storage.outbox.Depth`)."""

    @property
    def pending(self) -> int:
        """Messages that wait."""

    @property
    def handed(self) -> int:
        """Messages whose job is on its way."""

    @property
    def sending(self) -> int:
        """Messages that leave just now."""

    @property
    def parked(self) -> int:
        """Messages that can never arrive."""

    @property
    def maybe_sent(self) -> int:
        """Messages of which nobody knows."""


class TimerCounts(Protocol):
    """How many timers there are in each state (`storage.timers.TimerCounts`)."""

    @property
    def waiting(self) -> int:
        """Timers that run."""

    @property
    def due(self) -> int:
        """Timers whose moment has come."""

    @property
    def handed(self) -> int:
        """Timers whose job is on its way."""


class Metrics:
    """The counts of one process, in a registry of its own so that a process may have several."""

    def __init__(self) -> None:
        self._registry = own = CollectorRegistry()
        self._due_to_sent = Histogram(
            "hrdd_due_to_sent_seconds",
            "From when a message is due until it leaves",
            buckets=_SENT,
            registry=own,
        )
        self._sweep = Histogram("hrdd_sweep_seconds", "Length of one look for due work", buckets=_SWEEP, registry=own)
        self._retries = Counter(
            "hrdd_retries", "Attempts after which a message still waits, by reason", ["why"], registry=own
        )
        self._engine_errors = Counter("hrdd_engine_errors", "Jobs that the engine gave up", registry=own)
        self._outbox = Gauge("hrdd_outbox", "Promised messages by state", ["state"], registry=own)
        self._timers = Gauge("hrdd_timers", "Timers by state", ["state"], registry=own)
        self._overdue = Gauge("hrdd_overdue_acknowledgements", "Cases that nobody acknowledged in time", registry=own)

    def sent(self, seconds: float) -> None:
        """Count a message that left so many seconds after it was due."""
        self._due_to_sent.observe(seconds)

    def trouble(self, code: str) -> None:
        """Count an attempt that did not get through, by the class of its code."""
        self._retries.labels(why_of(code)).inc()

    def swept(self, seconds: float) -> None:
        """Count one look for due work."""
        self._sweep.observe(seconds)

    def engine_failed(self, jobs: int) -> None:
        """Count jobs that ended in error in the engine."""
        self._engine_errors.inc(jobs)

    def show(self, messages: MessageCounts, timers: TimerCounts, overdue: int) -> None:
        """Set what the database says just now."""
        for state in ("pending", "handed", "sending", "parked", "maybe_sent"):
            self._outbox.labels(state).set(getattr(messages, state))
        for state in ("waiting", "due", "handed"):
            self._timers.labels(state).set(getattr(timers, state))
        self._overdue.set(overdue)

    def text(self) -> bytes:
        """Give everything in Prometheus's text format."""
        return generate_latest(self._registry)


def why_of(code: str) -> str:
    """Give the class of a failure's code: few and known beforehand, whatever Slack comes up with."""
    low = code.lower()
    if low == "ratelimited":
        return "rate_limited"
    if low.startswith("own:"):
        return "own"
    if low.startswith("storage"):
        return "storage"
    if low == "maybe_sent":
        return "maybe_sent"
    if low.startswith("http_5") or low in {"internal_error", "fatal_error", "service_unavailable"}:
        return "server"
    return "no_answer" if any(sign in low for sign in _NO_ANSWER) else "refused"

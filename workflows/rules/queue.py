"""The order of work: what gets worse by waiting comes first (UNGP 24, T10)."""

from __future__ import annotations

from workflows.rules.values import Likelihood


def queue_order(*, irremediability: int, scale: int, scope: int, likelihood: int) -> int:
    """Give one number, bigger first: irremediability with delay, then scale, scope, likelihood.

    Delay counts where harm is already happening: each day of waiting does more that cannot be put right.
    """
    delay = 1 if likelihood == Likelihood.HAPPENING else 0
    return ((2 * irremediability + delay) * 10 + scale) * 100 + scope * 10 + likelihood

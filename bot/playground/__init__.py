"""A stand-in Slack workspace: try the bot without an account, and test it against what Slack refuses."""

from __future__ import annotations

from bot.playground.hand import Hand
from bot.playground.server import StandIn, refuse_real_tokens
from bot.playground.values import Channel, Clock, Message, Person, RealTokens, Refused, Reply, SlackError

__all__ = [
    "Channel",
    "Clock",
    "Hand",
    "Message",
    "Person",
    "RealTokens",
    "Refused",
    "Reply",
    "SlackError",
    "StandIn",
    "refuse_real_tokens",
]

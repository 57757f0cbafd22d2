"""The composition root: settings in, everything the listeners and the worker need out. No globals."""

from __future__ import annotations

from dataclasses import dataclass

from slack_sdk import WebClient
from slack_sdk.http_retry.builtin_handlers import ConnectionErrorRetryHandler, RateLimitErrorRetryHandler

from bot.directory import SlackDirectory
from bot.settings import Settings
from bot.views.check import CheckForms
from prompts import load_bank
from storage.database import Database
from workflows.desk import Desk
from workflows.policy import Policy, load_policy

TIMEOUT = 10
"""Seconds to wait for Slack; well under the lease of an outbox row, so that a slow answer is never sent twice."""


@dataclass(frozen=True, slots=True)
class Services:
    """What one running bot is made of."""

    settings: Settings
    desk: Desk
    client: WebClient
    forms: CheckForms


def build(settings: Settings) -> Services:
    """Read the policy and the bank, open the database, and put the parts together. Nothing is sent yet.

    Raises:
        SettingsError, PolicyError, BankError: one sentence that says what to change.
        StorageError: the database cannot be opened.
    """
    policy = load_policy(settings.hrdd_policy)
    bank = load_bank()
    client = web_client(settings)
    database = Database.connect(settings.database_url, pool_size=settings.hrdd_threads)
    directory = SlackDirectory(client)
    desk = Desk(database, policy, bank, directory)
    return Services(settings, desk, client, CheckForms(bank, products_of(policy)))


def web_client(settings: Settings) -> WebClient:
    """Give the one client for Slack's Web API. It waits where Slack says so and never repeats a post by itself."""
    return WebClient(
        token=settings.secret("slack_bot_token"),
        base_url=settings.api_url,
        timeout=TIMEOUT,
        retry_handlers=[ConnectionErrorRetryHandler(max_retry_count=0), RateLimitErrorRetryHandler(max_retry_count=0)],
    )


def products_of(policy: Policy) -> tuple[tuple[str, str], ...]:
    """Give the products to choose from, in the policy's order."""
    return tuple((product.id, product.name) for product in policy.products)

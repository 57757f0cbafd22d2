"""The products to choose from: one list, or, where a company has more than Slack shows in one, under headings."""

from __future__ import annotations

from collections.abc import Sequence

from slack_sdk.models.blocks import Option, OptionGroup

MOST = 100
"""How many options one list, or one heading, may have."""

Products = Sequence[tuple[str, str]]
"""The products to choose from: id and name."""


def options(products: Products) -> list[Option]:
    """Give every product as an option, in the order of the policy."""
    return [Option(value=key, label=name) for key, name in products]


def groups(products: Products) -> list[OptionGroup] | None:
    """Give them under headings that name the first and the last of each; None where one list is enough."""
    if len(products) <= MOST:
        return None
    ordered = sorted(products, key=lambda each: each[1].casefold())
    found = []
    for start in range(0, len(ordered), MOST):
        chunk = ordered[start : start + MOST]
        label = f"{chunk[0][1][:30]} … {chunk[-1][1][:30]}"
        found.append(OptionGroup(label=label, options=options(chunk)))
    return found

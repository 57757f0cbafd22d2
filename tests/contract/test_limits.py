"""Our table of Slack's limits agrees with an independent one."""

from __future__ import annotations

import pytest
from slackblocks import _limits, _surfaces

from bot.playground.limits import LIMITS, SURFACES


@pytest.mark.parametrize("name", LIMITS)
def test_each_number_agrees_with_the_table_of_slackblocks(name):
    theirs = getattr(_limits, name.upper().replace(".", "_"))

    assert LIMITS[name] == theirs


@pytest.mark.parametrize("surface", SURFACES)
def test_each_surface_carries_the_same_blocks_as_in_slackblocks(surface):
    assert SURFACES[surface] == _surfaces._BLOCK_TYPES_BY_SURFACE[surface]

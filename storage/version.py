"""Which version of the tables this program expects.

Kept apart so that a start with an up-to-date database need not import Alembic; a test compares it with the migrations.
"""

from __future__ import annotations

from typing import Final

HEAD: Final = "0004"
VERSION_TABLE: Final = "hr_alembic_version"

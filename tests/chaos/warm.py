"""What every program does first and always with the same outcome, done once: imports, the words, the look at itself.

The fork server loads this module; a program that is started from it begins where its work begins.
"""

from __future__ import annotations

import gc
import inspect
from importlib import import_module

from prompts import load_bank

LOADED = tuple(
    import_module(name)
    for name in (
        "alembic.command",
        "bot.cli",
        "bot.engine",
        "bot.metrics",
        "bot.process",
        "bot.services",
        "bot.worker",
        "dbos._sys_db_postgres",
        "dbos._sys_db_sqlite",
        "psycopg",
        "sqlalchemy.dialects.postgresql",
        "sqlalchemy.dialects.sqlite",
        "storage.upgrade",
    )
)
load_bank()
# Bolt asks where it was made; the sources that Python reads for the answer are kept.
inspect.stack()
# What is loaded here stays: programs need not look through it for garbage, which would also copy it.
gc.freeze()

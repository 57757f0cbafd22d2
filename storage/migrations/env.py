"""Run the migrations on the connection that `storage.upgrade` hands over."""

from __future__ import annotations

from alembic import context

from storage.upgrade import settings

context.configure(connection=context.config.attributes["connection"], **settings())
context.run_migrations()

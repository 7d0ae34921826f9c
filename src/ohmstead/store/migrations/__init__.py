"""The chain of schema changes, one for SQLite and PostgreSQL, walked by alembic."""

"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table of the first version."""
    _sites()
    _series()
    _documents()


def _sites() -> None:
    """A site, its channels, and how its rows are packed."""
    op.create_table(
        "site",
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_site")),
        sa.UniqueConstraint("id", name=op.f("uq_site_id")),
    )
    op.create_table(
        "channel",
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("site", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("import_j", sa.BigInteger(), nullable=True),
        sa.Column("export_j", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["site"], ["site.no"], name=op.f("fk_channel_site")),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_channel")),
        sa.UniqueConstraint("site", "name", name=op.f("uq_channel_site")),
    )
    op.create_table(
        "layout",
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("site", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["site.no"], name=op.f("fk_layout_site")),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_layout")),
    )


def _series() -> None:
    """What was measured."""
    op.create_table(
        "tail",
        sa.Column("site", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("layout", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["layout"], ["layout.no"], name=op.f("fk_tail_layout")),
        sa.ForeignKeyConstraint(["site"], ["site.no"], name=op.f("fk_tail_site")),
        sa.PrimaryKeyConstraint("site", "at", name=op.f("pk_tail")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "block",
        sa.Column("site", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Integer(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["site.no"], name=op.f("fk_block_site")),
        sa.PrimaryKeyConstraint("site", "channel", "start", name=op.f("pk_block")),
    )
    op.create_table(
        "rollup",
        sa.Column("site", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Integer(), nullable=False),
        sa.Column("span", sa.Integer(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("import_j", sa.BigInteger(), nullable=True),
        sa.Column("import_end_j", sa.BigInteger(), nullable=True),
        sa.Column("export_j", sa.BigInteger(), nullable=True),
        sa.Column("export_end_j", sa.BigInteger(), nullable=True),
        sa.Column("power_mean_mw", sa.BigInteger(), nullable=True),
        sa.Column("power_min_mw", sa.BigInteger(), nullable=True),
        sa.Column("power_max_mw", sa.BigInteger(), nullable=True),
        sa.Column("covered_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["channel"], ["channel.no"], name=op.f("fk_rollup_channel")),
        sa.ForeignKeyConstraint(["site"], ["site.no"], name=op.f("fk_rollup_site")),
        sa.PrimaryKeyConstraint("site", "channel", "span", "start", name=op.f("pk_rollup")),
        sqlite_with_rowid=False,
    )


def _documents() -> None:
    """What was decided and what happened."""
    op.create_table(
        "memory",
        sa.Column("site", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["site.no"], name=op.f("fk_memory_site")),
        sa.PrimaryKeyConstraint("site", "name", name=op.f("pk_memory")),
    )
    op.create_table(
        "document",
        sa.Column("site", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["site.no"], name=op.f("fk_document_site")),
        sa.PrimaryKeyConstraint("site", "kind", "id", name=op.f("pk_document")),
    )
    op.create_table(
        "change",
        sa.Column("no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("site", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.SmallInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["site.no"], name=op.f("fk_change_site")),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_change")),
    )
    op.create_index("ix_change_of", "change", ["site", "kind", "id", "no"], unique=False)
    op.create_table(
        "event",
        sa.Column("no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("site", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("data", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["site.no"], name=op.f("fk_event_site")),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_event")),
    )
    op.create_index("ix_event_newest", "event", ["site", "no"], unique=False)

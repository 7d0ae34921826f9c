"""Sealed columns. What stands in blocks and roll-ups stays there, is read from there, and is sealed bit by bit."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of sealed columns."""
    op.create_table(
        "chunk",
        sa.Column("site", sa.Integer(), nullable=False),
        sa.Column("span", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.SmallInteger(), nullable=False),
        sa.Column("channel", sa.Integer(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["site.no"], name=op.f("fk_chunk_site")),
        sa.PrimaryKeyConstraint("site", "span", "quantity", "channel", "start", name=op.f("pk_chunk")),
    )

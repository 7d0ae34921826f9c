"""Shelves of seconds beside those of hours. Shelves are copies: the old ones go, and are made anew bit by bit."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of shelves anew, with a span and what it holds from when to when."""
    op.drop_table("shelf")
    op.create_table(
        "shelf",
        sa.Column("site", sa.Integer(), nullable=False),
        sa.Column("span", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.SmallInteger(), nullable=False),
        sa.Column("group", sa.Integer(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["site.no"], name=op.f("fk_shelf_site")),
        sa.PrimaryKeyConstraint("site", "span", "quantity", "group", "start", name=op.f("pk_shelf")),
    )

"""Voltage, current and power factor beside the roll-ups of power, and shelves of sealed hours.

What was recorded before has no gauges; its shelves are filled bit by bit.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give the roll-ups room for gauges, and make the table of shelves."""
    op.add_column("rollup", sa.Column("gauges", sa.LargeBinary(), nullable=True))
    op.create_table(
        "shelf",
        sa.Column("site", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.SmallInteger(), nullable=False),
        sa.Column("group", sa.Integer(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["site.no"], name=op.f("fk_shelf_site")),
        sa.PrimaryKeyConstraint("site", "quantity", "group", "start", name=op.f("pk_shelf")),
    )

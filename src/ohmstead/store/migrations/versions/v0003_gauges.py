"""Voltage, current and power factor beside the roll-ups of power. What was recorded before has none."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give the roll-ups room for gauges."""
    op.add_column("rollup", sa.Column("gauges", sa.LargeBinary(), nullable=True))

"""The tables, the same for SQLite and PostgreSQL. Every row carries its site.

::

    site ─┬─ channel        name and number, and its counters when the last 5-minute interval closed
          ├─ layout         which channel and quantity stands where in a packed row
          ├─ tail           one packed row per tick of the open 5-minute interval
          ├─ block          a closed 5-minute interval of 1-second values, one compressed body per channel
          ├─ rollup         5 minutes, hours, days: one row per channel and interval, until they are sealed
          ├─ chunk          many sealed intervals, or a day of sealed seconds: one column of one channel per row
          ├─ shelf          copies of sealed hours and seconds of many channels, to be read in one go
          ├─ memory         what the loops need after a restart, latest only
          ├─ document ── change   documents, and every change with its author
          └─ event          what happened, kept for ever

Times are integers: milliseconds UTC. Power in roll-ups is an integer in mW: half the room of a float.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

HEAD = "0004"
"""The revision this code reads and writes: the newest in ``migrations/versions``."""

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

_NUMBER = BigInteger().with_variant(Integer, "sqlite")


def _site(*, primary: bool = False) -> Column[int]:
    return Column("site", Integer, ForeignKey("site.no"), nullable=False, primary_key=primary)


site = Table(
    "site",
    metadata,
    Column("no", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("zone", Text, nullable=False),
)

channel = Table(
    "channel",
    metadata,
    Column("no", Integer, primary_key=True),
    _site(),
    Column("name", Text, nullable=False),
    Column("import_j", BigInteger),
    Column("export_j", BigInteger),
    UniqueConstraint("site", "name"),
)

layout = Table(
    "layout",
    metadata,
    Column("no", Integer, primary_key=True),
    _site(),
    Column("body", Text, nullable=False),
)

tail = Table(
    "tail",
    metadata,
    _site(primary=True),
    Column("at", BigInteger, primary_key=True),
    Column("layout", Integer, ForeignKey("layout.no"), nullable=False),
    Column("body", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

block = Table(
    "block",
    metadata,
    _site(primary=True),
    Column("channel", Integer, primary_key=True),
    Column("start", BigInteger, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

rollup = Table(
    "rollup",
    metadata,
    _site(primary=True),
    Column("channel", Integer, ForeignKey("channel.no"), primary_key=True),
    Column("span", Integer, primary_key=True),
    Column("start", BigInteger, primary_key=True),
    Column("import_j", BigInteger),
    Column("import_end_j", BigInteger),
    Column("export_j", BigInteger),
    Column("export_end_j", BigInteger),
    Column("power_mean_mw", BigInteger),
    Column("power_min_mw", BigInteger),
    Column("power_max_mw", BigInteger),
    Column("covered_ms", BigInteger, nullable=False),
    Column("gauges", LargeBinary),
    sqlite_with_rowid=False,
)

chunk = Table(
    "chunk",
    metadata,
    _site(primary=True),
    Column("span", Integer, primary_key=True),
    Column("quantity", SmallInteger, primary_key=True),
    Column("channel", Integer, primary_key=True),
    Column("start", BigInteger, primary_key=True),
    Column("until", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

shelf = Table(
    "shelf",
    metadata,
    _site(primary=True),
    Column("span", Integer, primary_key=True),
    Column("quantity", SmallInteger, primary_key=True),
    Column("group", Integer, primary_key=True),
    Column("start", BigInteger, primary_key=True),
    Column("first", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

memory = Table(
    "memory",
    metadata,
    _site(primary=True),
    Column("name", Text, primary_key=True),
    Column("body", Text, nullable=False),
)

document = Table(
    "document",
    metadata,
    _site(primary=True),
    Column("kind", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("author", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
)

change = Table(
    "change",
    metadata,
    Column("no", _NUMBER, primary_key=True, autoincrement=True),
    _site(),
    Column("kind", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("author", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("deleted", SmallInteger, nullable=False),
    Column("body", Text, nullable=False),
    Index("ix_change_of", "site", "kind", "id", "no"),
)

event = Table(
    "event",
    metadata,
    Column("no", _NUMBER, primary_key=True, autoincrement=True),
    _site(),
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("reason", Text),
    Column("data", Text, nullable=False),
    Index("ix_event_newest", "site", "no"),
)

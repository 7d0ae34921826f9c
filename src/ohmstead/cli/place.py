"""Where this machine believes it is."""

import os
from contextlib import suppress
from pathlib import Path
from zoneinfo import ZoneInfo

LOCALTIME = Path("/etc/localtime")


def local_zone(localtime: Path = LOCALTIME) -> str:
    """The IANA name of the machine's time zone; UTC where it has none that is known."""
    linked = str(localtime.resolve()).partition("/zoneinfo/")[2]
    for name in (os.environ.get("TZ", "").lstrip(":"), linked):
        with suppress(ValueError, OSError, KeyError):
            if name:
                return ZoneInfo(name).key
    return "UTC"

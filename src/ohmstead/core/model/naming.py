"""What devices, chargers, gateways and boxes are called in addresses of the API; people read their ``name``."""

import re
from typing import Annotated

from pydantic import AfterValidator

KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")


def _key(name: str) -> str:
    if not KEY.fullmatch(name):
        raise ValueError('small letters, digits, "-" and "_", beginning with a letter or digit, at most 80 of them')
    return name


Key = Annotated[str, AfterValidator(_key)]

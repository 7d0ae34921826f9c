"""The meter models that come with the house: a name in, its table out."""

from functools import cache
from importlib.resources import files

from ohmstead.core.model.errors import ConfigurationError, Mistake
from ohmstead.protocols.meters.parsing import parse, suggest
from ohmstead.protocols.meters.table import MeterTable


@cache
def names() -> tuple[str, ...]:
    """The models, as written in ``meter =``."""
    entries = (entry.name for entry in files(__package__).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in entries if name.endswith(".toml")))


@cache
def load(key: str) -> MeterTable:
    """The table of model ``key``. Raises ConfigurationError naming the known models, or what is wrong inside."""
    if key not in names():
        raise ConfigurationError((Mistake("meter", repr(key), ", ".join(names()), suggest(key, names())),))
    return parse((files(__package__) / f"{key}.toml").read_text("utf-8"), key)

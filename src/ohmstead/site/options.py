"""What people set on a charger: as it begins, and as the store keeps it."""

from pydantic import TypeAdapter

from ohmstead.core.model.chargers import ChargerOptions
from ohmstead.core.model.modes import six
from ohmstead.core.model.settings import ChargerSettings
from ohmstead.store.values import Document, Json

OPTIONS = "charger.options"
"""Kind of the documents that hold what people set on chargers."""

_OPTIONS = TypeAdapter(ChargerOptions)


def first_options(charger: ChargerSettings) -> ChargerOptions:
    """What holds until a person changes it."""
    return ChargerOptions(
        enabled=charger.enabled,
        mode=charger.mode,
        green=charger.green,
        programs=six(charger.programs),
        default_mode=charger.default_mode,
    )


def as_document(charger: str, options: ChargerOptions, author: str) -> Document:
    """``options`` as they are kept."""
    return Document(OPTIONS, charger, _OPTIONS.dump_python(options, mode="json"), author)


def from_document(body: Json) -> ChargerOptions:
    """What :func:`as_document` kept. Raises ValueError."""
    return _OPTIONS.validate_python(body)

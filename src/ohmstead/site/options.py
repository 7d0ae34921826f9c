"""What people set on a charger: as it begins, and as the store keeps it."""

from pydantic import TypeAdapter

from ohmstead.core.model.chargers import ChargerOptions
from ohmstead.core.model.settings import ChargerSettings
from ohmstead.store.values import Document, Json

OPTIONS = "charger.options"
"""Kind of the documents that hold what people set on chargers."""

_OPTIONS = TypeAdapter(ChargerOptions)


def first_options(charger: ChargerSettings) -> ChargerOptions:
    """What holds until a person changes it."""
    return ChargerOptions(enabled=charger.enabled, mode=charger.mode, authorization=charger.authorization)


def as_document(charger: str, options: ChargerOptions, author: str) -> Document:
    """``options`` as they are kept."""
    return Document(OPTIONS, charger, _OPTIONS.dump_python(options, mode="json"), author)


def from_document(body: Json, charger: ChargerSettings) -> ChargerOptions:
    """What :func:`as_document` kept; what an older program did not know is as ``charger`` begins. Raises ValueError."""
    if isinstance(body, dict):
        body = {"authorization": charger.authorization, **body}
    return _OPTIONS.validate_python(body)

"""What people set on a charger: as it begins, and as the store keeps it."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import structlog
from pydantic import TypeAdapter

from ohmstead.core.model.chargers import ChargerOptions
from ohmstead.core.model.grants import Notice
from ohmstead.core.model.modes import six
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import ChargerSettings, Settings
from ohmstead.store.values import Document, Json

if TYPE_CHECKING:
    from ohmstead.store.store import Store

OPTIONS = "charger.options"
"""Kind of the documents that hold what people set on chargers."""

_OPTIONS = TypeAdapter(ChargerOptions)
_log = structlog.get_logger(__name__)


def first_options(charger: ChargerSettings) -> ChargerOptions:
    """What holds until a person changes it."""
    return ChargerOptions(
        enabled=charger.enabled,
        mode=charger.mode,
        green=charger.green,
        programs=six(charger.programs),
        default_mode=charger.default_mode,
        authorization=charger.authorization,
        phase_switching=charger.phase_switching,
    )


def as_document(charger: str, options: ChargerOptions, author: str) -> Document:
    """``options`` as they are kept."""
    return Document(OPTIONS, charger, _OPTIONS.dump_python(options, mode="json"), author)


def from_document(body: Json) -> ChargerOptions:
    """What :func:`as_document` kept. Raises ValueError."""
    return _OPTIONS.validate_python(body)


def recalled(name: str, body: Json, charger: ChargerSettings) -> tuple[ChargerOptions, Notice | None]:
    """What people set on the charger ``name``; what cannot be read might have been a limit or Off, so it stays off."""
    try:
        known = {"authorization": charger.authorization, **body} if isinstance(body, dict) else body
        return from_document(known), None
    except ValueError as error:
        _log.warning("options not usable, the charger stays off", charger=name, error=str(error))
        reason = Reason("command.options_lost", {"charger": charger.name or name})
        return replace(first_options(charger), enabled=False), Notice("options.lost", name, reason, "fault")


async def recall_options(
    store: "Store", settings: Settings, options: dict[str, ChargerOptions], lasting: dict[str, Notice]
) -> None:
    """Put what people set into ``options``, and what could not be read into ``lasting``. Raises StoreError."""
    for document in await store.documents.list(OPTIONS):
        if document.id in options:
            options[document.id], lost = recalled(document.id, document.body, settings.chargers[document.id])
            lasting |= {} if lost is None else {document.id: lost}


async def kept_options(store: "Store") -> dict[str, ChargerOptions]:
    """What people set, by charger; what cannot be read is left out. Raises StoreError."""
    found = {}
    for document in await store.documents.list(OPTIONS):
        with suppress(ValueError):
            found[document.id] = from_document(document.body)
    return found


def as_set(settings: Settings, options: Mapping[str, ChargerOptions]) -> Settings:
    """``settings`` whose chargers begin with what ``options`` say of enabling, modes, programs and authorization."""
    chargers = dict(settings.chargers)
    for name in chargers.keys() & options.keys():
        one = options[name]
        used = [index for index, program in enumerate(one.programs, start=1) if program.days]
        chargers[name] = chargers[name].model_copy(
            update={
                "enabled": one.enabled,
                "mode": one.mode,
                "green": one.green,
                "programs": one.programs[: max(used, default=0)],
                "default_mode": one.default_mode,
                "authorization": one.authorization,
                "phase_switching": one.phase_switching,
            }
        )
    return settings.model_copy(update={"chargers": chargers})

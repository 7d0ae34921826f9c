"""The labels of the chargers: a secret is made for each serial number once, and kept for good (EV-006, G-084).

A factory reset keeps it (G-050): the label behind the front panel stays right. A board that is exchanged has another
serial number, and so another label.
"""

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.events import AccessRole
from ohmstead.core.model.labels import SECRET_BYTES, AccessData
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import Settings
from ohmstead.site.charger_port import Identified
from ohmstead.site.commands import reaches
from ohmstead.store.values import Document

LABEL = "label"
"""Kind of the documents that hold the secrets, by serial number."""
_NEEDED: AccessRole = "installer"


class Labels:
    """Owner of the secrets."""

    def __init__(
        self, settings: Settings, chargers: Mapping[str, Identified], new: Callable[[int], str] = secrets.token_hex
    ) -> None:
        """``new`` makes a secret of so many bytes, as hexadecimal digits."""
        self._settings, self._chargers, self._new = settings, chargers, new
        self._secrets: dict[str, str] = {}
        self._unsaved: list[Document] = []

    def configure(self, settings: Settings, chargers: Mapping[str, Identified]) -> None:
        """Go by other chargers."""
        self._settings, self._chargers = settings, chargers

    def look(self) -> None:
        """Once a tick: whose board was heard for the first time gets its secret."""
        for name, charger in self._chargers.items():
            if charger.identity is not None and (serial := self._serial(name, charger)) not in self._secrets:
                secret = self._secrets[serial] = self._new(SECRET_BYTES).upper()
                self._unsaved.append(Document(LABEL, serial, {"secret": secret}, "site"))

    def of(self, charger: str, role: AccessRole) -> AccessData:
        """What stands on the label of ``charger``, which exists. Raises CommandRefused."""
        reaches(role, _NEEDED)
        if self._settings.chargers[charger].member:
            raise CommandRefused(Reason("label.elsewhere", {"charger": charger}))
        there = self._chargers[charger]
        if there.identity is None:
            raise CommandRefused(Reason("label.not_heard", {"charger": charger}))
        self.look()
        serial = self._serial(charger, there)
        return AccessData(serial, f"{there.identity.vendor} {there.identity.model}".strip(), self._secrets[serial])

    def recall(self, serial: str, body: Any) -> None:
        """Take back what was kept. Raises ValueError when it is no secret."""
        secret = body.get("secret") if isinstance(body, dict) else None
        if not isinstance(secret, str) or len(bytes.fromhex(secret)) != SECRET_BYTES:
            raise ValueError(f"no secret of {SECRET_BYTES} bytes")
        self._secrets[serial] = secret

    def take(self) -> list[Document]:
        """What is not handed to the store yet; it is the caller's now."""
        taken, self._unsaved = self._unsaved, []
        return taken

    def _serial(self, name: str, charger: Identified) -> str:
        """The board's own; a board that tells none is known by its place at this site."""
        told = charger.identity.serial.strip() if charger.identity is not None else ""
        return told or f"{self._settings.site.id}-{name}"

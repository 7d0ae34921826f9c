"""The access data of a charger, as they stand on its label (EV-006, G-084): serial number, model and a claim secret."""

from dataclasses import dataclass
from urllib.parse import urlencode

SECRET_BYTES = 16
"""128 bits (G-084)."""
_GROUP = 4


@dataclass(frozen=True, slots=True)
class AccessData:
    """What whoever holds the label knows. ``secret`` is 32 hexadecimal digits in upper case."""

    serial: str
    model: str
    secret: str

    @property
    def code(self) -> str:
        """What the QR code says: an address of our own kind, so that a telephone hands it to the app."""
        return f"ohmstead:charger?{urlencode({'serial': self.serial, 'model': self.model, 'secret': self.secret})}"

    @property
    def secret_in_groups(self) -> str:
        """The secret as it is typed by hand, in groups of four digits."""
        return " ".join(self.secret[at : at + _GROUP] for at in range(0, len(self.secret), _GROUP))

"""Every error of the house, in one small tree.

::

    OhmsteadError
    ├── ConfigurationError   a file or a setting is wrong: path, value, what is allowed, what to do
    ├── CommandRefused       a command was understood and refused, with a Reason
    ├── DeviceError          a device did not give what was asked
    │   ├── DeviceUnreachable    no connection, or no answer before the deadline
    │   ├── DeviceRefused        it answered with an error of its protocol
    │   └── DeviceGarbled        it answered with something that is not its protocol, or implausible
    └── StoreError           the store cannot keep or find something (full disk, damaged file)
"""

from dataclasses import dataclass

from ohmstead.core.model.reasons import Reason


class OhmsteadError(Exception):
    """Root of all errors that the house raises on purpose."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One wrong setting: where it stands, what stands there, what is allowed, and what to do."""

    where: str
    came: str
    allowed: str
    hint: str = ""

    def __str__(self) -> str:
        """One line for a person."""
        text = f"{self.where}: got {self.came}; allowed: {self.allowed}"
        return f"{text}. {self.hint}" if self.hint else text


class ConfigurationError(OhmsteadError):
    """Settings that cannot be used. Nothing of them was applied."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        """``mistakes`` holds at least one."""
        super().__init__("\n".join(str(mistake) for mistake in mistakes))
        self.mistakes = mistakes


class CommandRefused(OhmsteadError):
    """A command that was not carried out; ``reason`` says why in words a person can use."""

    def __init__(self, reason: Reason) -> None:
        """``reason`` has a text in every language."""
        super().__init__(reason.key)
        self.reason = reason


class DeviceError(OhmsteadError):
    """A device did not give what was asked. ``reason`` says where, what came and what was expected."""

    kind = "failed"
    """How it is counted."""

    def __init__(self, reason: Reason) -> None:
        """``reason`` has a text in every language."""
        super().__init__(f"{reason.key} {dict(reason.params)}")
        self.reason = reason


class DeviceUnreachable(DeviceError):
    """No connection, or no answer before the deadline."""

    kind = "unreachable"


class DeviceRefused(DeviceError):
    """An answer that is an error of the device's protocol (a Modbus exception)."""

    kind = "refused"


class DeviceGarbled(DeviceError):
    """An answer that is not the protocol, or whose values cannot be true."""

    kind = "garbled"


class StoreError(OhmsteadError):
    """The store cannot keep or find something. ``reason`` says what to do."""

    def __init__(self, reason: Reason) -> None:
        """``reason`` has a text in every language."""
        super().__init__(f"{reason.key} {dict(reason.params)}")
        self.reason = reason

"""Calls on D-Bus, the bus on which a Linux machine's services are asked: method calls out, plain values back.

The library stays behind this page. A service that is not there, refuses or does not answer in time is a DbusRefused.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.errors import DBusError

PROPERTIES = "org.freedesktop.DBus.Properties"
NOBODY = "org.freedesktop.DBus.Error.ServiceUnknown"
Typed = Variant
"""A value with its D-Bus signature, as dictionaries of settings want them."""


class DbusRefused(Exception):
    """What was asked did not happen. ``name`` is the error's own, such as ``org.freedesktop.DBus.Error.NoReply``."""

    def __init__(self, name: str, said: str) -> None:
        super().__init__(f"{name}: {said}")
        self.name, self.said = name, said


class Dbus:
    """One connection to a bus, made when it is needed first and anew after it was lost."""

    def __init__(self, address: str | None = None, deadline_s: float = 10.0) -> None:
        """``address`` is that of a bus of one's own, ``None`` the system's."""
        self._address, self._deadline_s = address, deadline_s
        self._bus: MessageBus | None = None

    async def call(
        self, service: str, path: str, member: str, signature: str = "", body: Sequence[Any] = ()
    ) -> list[Any]:
        """Call ``member`` (``interface.Method``) of ``path``; values come as the library has them.

        Raises DbusRefused.
        """
        interface, _, method = member.rpartition(".")
        message = Message(service, path, interface, method, signature=signature, body=list(body))
        try:
            async with asyncio.timeout(self._deadline_s):
                answer = await (await self._connected()).call(message)
        except (OSError, EOFError, DBusError, TimeoutError) as error:
            await self.close()
            raise DbusRefused(NOBODY, str(error) or type(error).__name__) from error
        if answer.message_type is MessageType.ERROR:
            raise DbusRefused(answer.error_name or "", str(answer.body[0]) if answer.body else "")
        return list(answer.body)

    async def properties(self, service: str, path: str, interface: str) -> Mapping[str, Any]:
        """All properties of ``interface`` as plain values. Raises DbusRefused."""
        [found] = await self.call(service, path, f"{PROPERTIES}.GetAll", "s", [interface])
        return {name: plain(value) for name, value in found.items()}

    async def put(self, service: str, path: str, interface: str, name: str, value: Variant) -> None:
        """Set one property. Raises DbusRefused."""
        await self.call(service, path, f"{PROPERTIES}.Set", "ssv", [interface, name, value])

    async def close(self) -> None:
        """Leave the bus; a later call joins it again."""
        bus, self._bus = self._bus, None
        if bus is not None:
            bus.disconnect()

    async def _connected(self) -> MessageBus:
        if self._bus is None or not self._bus.connected:
            self._bus = await MessageBus(self._address, BusType.SYSTEM, negotiate_unix_fd=False).connect()
        return self._bus


def plain(value: Any) -> Any:
    """``value`` without the signatures in it."""
    if isinstance(value, Variant):
        return plain(value.value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value

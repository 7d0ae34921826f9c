"""EVSE-WB, EVSE-DIN and EVSE-W16 of ev-power.eu for the EvseBoard port (``protocols/boards/evse_din.py``)."""

from collections.abc import Sequence

from ohmstead.core.model.evse import BoardIdentity
from ohmstead.drivers.plain_board import PlainBoard
from ohmstead.protocols.boards import evse_din
from ohmstead.protocols.boards.words import LOWEST_A, BoardStatus, NotThisBoard, Order, Write


class EvseDin(PlainBoard):
    """One board. How its currents are counted is learned with its identity, and before anything is written."""

    _setup: evse_din.Setup | None = None
    _asks = True

    async def identify(self) -> BoardIdentity:
        """As the port says. The board has no serial number and knows no rating but that of the pilot's code."""
        status, setup = await self.ask(evse_din.STATUS), await self.ask(evse_din.SETUP)
        try:
            self._setup = evse_din.decode_setup(status, setup)
        except NotThisBoard as error:
            raise self.garbled(error) from error
        return BoardIdentity(
            profile_version=0,
            vendor=evse_din.MAKER,
            model=evse_din.FAMILY,
            serial="",
            firmware=str(self._setup.firmware),
            rated_current_a=evse_din.HIGHEST_A,
            phases=3,
            socket=self._setup.reads_cable,
            starts_with_a=self._setup.boot_a if self._setup.boot_a >= LOWEST_A else None,
        )

    async def _look(self) -> BoardStatus:
        setup = await self._known()
        words = await self.ask(evse_din.STATUS)
        self._forget("holding", evse_din.CURRENT_REGISTER, words[0])
        self._forget("holding", evse_din.STOP_REGISTER, words[4])
        status = evse_din.decode_status(words, fine=setup.fine, reads_cable=setup.reads_cable)
        self._asks = status.level not in ("A", "B")
        return status

    async def _known(self) -> evse_din.Setup:
        if self._setup is None:
            await self.identify()
        assert self._setup is not None
        return self._setup

    def _floor_a(self, current_a: float) -> float:
        return 0.0 if self._setup is None else evse_din.floor_a(current_a, self._setup)

    def _writes(self, order: Order, clear: bool) -> Sequence[Write]:
        if self._setup is None:
            return evse_din.writes(Order(), evse_din.Setup(0, False, False, 0.0), asks=True)
        return evse_din.writes(order, self._setup, self._asks, clear)

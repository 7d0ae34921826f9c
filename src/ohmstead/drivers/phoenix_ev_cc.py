"""Phoenix Contact EV Charge Control Basic for the EvseBoard port (``protocols/boards/phoenix_ev_cc.py``)."""

from collections.abc import Sequence

from ohmstead.core.model.errors import DeviceRefused
from ohmstead.core.model.evse import BoardIdentity
from ohmstead.core.model.reasons import Reason
from ohmstead.drivers.plain_board import PlainBoard
from ohmstead.protocols.boards import phoenix_ev_cc as phoenix
from ohmstead.protocols.boards.words import LOWEST_A, BoardStatus, NotThisBoard, Order, Write


class PhoenixEvCc(PlainBoard):
    """One board. Its register 4000 must be 3, or somebody else than the site would permit charging."""

    async def identify(self) -> BoardIdentity:
        """As the port says. Raises DeviceRefused for a board that takes its permission from elsewhere."""
        try:
            plate = phoenix.decode_plate(await self.ask(phoenix.PLATE))
        except NotThisBoard as error:
            raise self.garbled(error) from error
        (enabled_by,) = await self.ask(phoenix.ENABLED_BY)
        if enabled_by != phoenix.ENABLED_BY_COIL:
            raise DeviceRefused(Reason("board.enabled_elsewhere", {"where": self.where, "came": enabled_by}))
        (tethered,) = await self.ask(phoenix.CASE)
        (preset_a,) = await self.ask(phoenix.PRESET)
        if not LOWEST_A <= preset_a <= phoenix.HIGHEST_A:
            raise self.garbled(NotThisBoard(f"register 24027 holds {preset_a}, a highest current is 6 to 63 A"))
        return BoardIdentity(
            profile_version=0,
            vendor=phoenix.MAKER,
            model=plate.designation,
            serial=plate.serial,
            firmware=plate.firmware,
            rated_current_a=float(preset_a),
            phases=3,
            socket=tethered == 0,
        )

    async def _look(self) -> BoardStatus:
        status = await self.ask(phoenix.STATUS)
        (errors,) = await self.ask(phoenix.ERRORS)
        return phoenix.decode_status(status, errors)

    def _floor_a(self, current_a: float) -> float:
        return phoenix.floor_a(current_a)

    def _writes(self, order: Order, clear: bool) -> Sequence[Write]:
        return phoenix.writes(order)

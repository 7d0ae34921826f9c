"""A simulated building with a Power Box, and the real ``ohmstead site`` on it, for the browser."""

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self, TypeVar

from ohmstead.core.model.quantities import Role
from ohmstead.core.plant.settings import GRID
from ohmstead.simulator.power_box_device import PowerBoxDevice
from ohmstead.simulator.settings import BuildingSettings, PowerBoxSpec, SlotsSpec
from tests.drivers.sampling.houses import WORLD
from tests.end_to_end.house import Site, at_work

T = TypeVar("T")
CIRCUITS = (
    SlotsSpec("grid", GRID, (1, 2, 3), Role.GRID, "Grid"),
    SlotsSpec("oven", "oven", (4,), name="Oven", phases=("L2",)),
    SlotsSpec("pump", "pump", (5, 6, 7), name="Heat pump"),
)
HOUSE = BuildingSettings(
    "Via Roma 12", "Europe/Rome", replace(WORLD, main_fuse_a=25.0), power_boxes=(PowerBoxSpec("box", 61, CIRCUITS),)
)


class MeasuredHouse:
    """Both of them, with a loop in a thread."""

    def __init__(self, settings: BuildingSettings = HOUSE) -> None:
        """Nothing runs yet."""
        self._settings = settings
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._open = AsyncExitStack()
        self.site: Site
        self.url = ""

    def start(self) -> Self:
        """Running, and measuring, when this returns."""
        self._thread.start()
        folder = Path(self._open.enter_context(TemporaryDirectory()))
        self.site = self.wait(self._start(folder))
        self.url = self.site.url
        return self

    async def _start(self, folder: Path) -> Site:
        site = await self._open.enter_async_context(at_work(self._settings, folder))
        await site.until(lambda seen: (seen["channels"].get("oven") or {}).get("quality") == "good")
        return site

    @property
    def box(self) -> PowerBoxDevice:
        """As it stands in the building."""
        device = self.site.building.devices["oven"]
        assert isinstance(device, PowerBoxDevice)
        return device

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Do ``work`` on the loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(90)

    def close(self) -> None:
        """End everything."""
        self.wait(self._open.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

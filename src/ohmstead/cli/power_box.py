"""``ohmstead power-box``: what hangs on a Power Box, and setting up its slots (installers)."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from ohmstead.cli.output import plain_errors, unusable
from ohmstead.core.model.quantities import PHASES

if TYPE_CHECKING:
    from ohmstead.drivers.power_box_setup import PowerBoxInstallation
    from ohmstead.protocols.power_box.codec import BusDevice, PowerBoxSetup, PowerBoxValues

power_box = typer.Typer(help="See and set up the slots of a Power Box.", no_args_is_help=True)

Connect = Annotated[str, typer.Argument(help="tcp://HOST:PORT or serial:///dev/NAME?baud=38400.")]
Unit = Annotated[int, typer.Option(min=1, max=247, help="Its Modbus address.")]
SlotOption = Annotated[int, typer.Option("--slot", min=1, max=28, help="The slot, counted from 1.")]
Off = Annotated[bool, typer.Option("--off", help="End the blinking.")]
PhaseOption = Annotated[str | None, typer.Option(help="L1, L2, L3, or none: the voltage its current belongs to.")]
Reversed = Annotated[bool, typer.Option("--reversed", help="The transformer sits the other way round.")]
Transformer = Annotated[str | None, typer.Option(help="Its type, as ``show`` names it.")]

UNIT = 61
"""As delivered."""


@power_box.command("show")
def show(connect: Connect, unit: Unit = UNIT) -> None:
    """Print the devices on the box's bus, and each slot with its transformer, phase and present values."""

    async def ask(box: "PowerBoxInstallation") -> None:
        setup = await box.setup()
        for line in _shown(setup, await box.bus(), await box.values(setup)):
            typer.echo(line)

    _with_box(connect, unit, ask)


@power_box.command("identify")
def identify(connect: Connect, slot: SlotOption, off: Off = False, unit: Unit = UNIT) -> None:
    """Let the light of a slot's transformer blink."""
    _with_box(connect, unit, lambda box: box.identify(slot - 1, on=not off))


@power_box.command("set")
def set_slot(
    connect: Connect,
    slot: SlotOption,
    phase: PhaseOption = None,
    turned: Reversed = False,
    ct: Transformer = None,
    unit: Unit = UNIT,
) -> None:
    """Say on which phase a slot measures, which way round, and with which transformer; the box keeps it."""
    from ohmstead.protocols.power_box.table import Association, table

    places: dict[str, Association | None] = {name: Association(i, turned) for i, name in enumerate(PHASES)}
    places["none"] = None
    known = tuple(table().ct_types.values())

    async def write(box: "PowerBoxInstallation") -> None:
        if phase is not None:
            await box.place(slot - 1, places[phase])
        if ct is not None:
            await box.equip(slot - 1, ct)

    with plain_errors():
        if phase is None and ct is None:
            raise unusable("power-box set", "nothing to set", "--phase, --ct or both")
        if phase is not None and phase not in places:
            raise unusable("--phase", repr(phase), ", ".join(places))
        if turned and phase not in PHASES:
            raise unusable("--reversed", f"--phase {phase}", f"a phase beside it: {', '.join(PHASES)}")
        if ct is not None and ct not in known:
            raise unusable("--ct", repr(ct), ", ".join(known))
    _with_box(connect, unit, write)


def _with_box(connect: str, unit: int, work: "Callable[[PowerBoxInstallation], Awaitable[None]]") -> None:
    from ohmstead.core.model.errors import DeviceError
    from ohmstead.texts import word

    with plain_errors():
        try:
            asyncio.run(_work(connect, unit, work))
        except DeviceError as error:
            typer.echo(word(error.reason), err=True)
            raise typer.Exit(2) from error


async def _work(connect: str, unit: int, work: "Callable[[PowerBoxInstallation], Awaitable[None]]") -> None:
    from ohmstead.drivers.power_box_setup import PowerBoxInstallation
    from ohmstead.transport.address import parse
    from ohmstead.transport.modbus_client import Buses

    box = PowerBoxInstallation(Buses().open(parse(connect, "CONNECT")), unit)
    try:
        await work(box)
    finally:
        await box.close()


def _shown(setup: "PowerBoxSetup", bus: "tuple[BusDevice, ...]", values: "PowerBoxValues") -> Iterator[str]:
    yield f"Power Box {setup.serial}, firmware {setup.firmware[0]}.{setup.firmware[1]}"
    yield "U " + "  ".join(f"{phase} {_text(v, '.1f')} V" for phase, v in zip(PHASES, values.voltages, strict=True))
    yield ""
    for device in bus:
        slots = ", ".join(str(slot + 1) for slot in device.slots) or "none"
        firmware = f"firmware {device.firmware[0]}.{device.firmware[1]}"
        yield f"{device.name or f'type {device.type}'} {device.serial}, {firmware}, slots {slots}"
    used = sorted({slot for device in bus for slot in device.slots}) or list(range(len(setup.slots)))
    yield ""
    yield f"{'slot':>4}  {'phase':<12}{'transformer':<24}{'I, A':>9}{'P, W':>10}"
    for index in used:
        slot, seen = setup.slots[index], values.slots[index].values
        placed = slot.association
        phase = "none" if placed is None else PHASES[placed.terminal] + (" reversed" if placed.reversed else "")
        current, power = _text(seen.current_a, ".2f"), _text(seen.power_w, ".1f")
        yield f"{index + 1:>4}  {phase:<12}{slot.ct_type or '?':<24}{current:>9}{power:>10}"


def _text(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)

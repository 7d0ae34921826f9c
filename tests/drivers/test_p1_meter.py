import asyncio
import os
from contextlib import asynccontextmanager

import pytest

from ohmstead.core.model.details import Quantity
from ohmstead.core.model.errors import DeviceError, DeviceGarbled, DeviceUnreachable
from ohmstead.core.model.quantities import Quality, Role
from ohmstead.core.model.readings import Supply, UtilityCounter
from ohmstead.drivers import p1_meter
from ohmstead.drivers.clock import SystemClock
from ohmstead.drivers.modbus_meter import Wiring
from ohmstead.drivers.p1_meter import P1Meter
from ohmstead.texts import LANGUAGES, load, word
from ohmstead.transport.address import FileAddress, SerialAddress, TcpAddress
from tests.drivers.lines import HandClock
from tests.protocols.p1.telegrams import FOLDER, made, recorded
from tests.protocols.p1.test_ciphering import AUTHENTICATION, KEY, sealed
from tests.transport.ptys import serial_pair

pytestmark = pytest.mark.anyio
GRID = Wiring("grid", 1, Role.GRID)


def power(watts: int, at: str = "260621101500S") -> bytes:
    return made(f"0-0:1.0.0({at})", f"1-0:1.7.0({watts / 1000:06.3f}*kW)")


class Hand:
    """A meter fed by hand: no line, a clock that is set."""

    def __init__(self, wiring: Wiring = GRID, *keys: str) -> None:
        self.clock = HandClock()
        self.meter = P1Meter(wiring, TcpAddress("p1", 23), self.clock, *keys)
        self.meter._line = self

    async def wait(self) -> None:
        await asyncio.sleep(3600)

    async def close(self) -> None:
        pass

    def comes(self, data: bytes, after_s: float = 0.0) -> None:
        self.clock.monotonic_s += after_s
        self.meter._heard(data)

    async def failure(self) -> DeviceError:
        with pytest.raises(DeviceError) as caught:
            await self.meter.read()
        for language in LANGUAGES:
            assert "tcp://p1:23" in word(caught.value.reason, language)
        return caught.value


async def test_a_telegram_becomes_a_reading_with_everything_it_says():
    hand = Hand()
    hand.comes(recorded("fluvius_v171"))
    reading = await hand.meter.read()
    assert (reading.device, reading.quality, reading.power_w) == ("grid", Quality.GOOD, 0)
    assert reading.supply == Supply(2351, 2589, (UtilityCounter("gas", 112.384), UtilityCounter("water", 872.234)))
    assert {values.voltage_v for values in reading.phases.values()} == {234.7}


async def test_a_current_in_whole_amperes_is_never_below_what_its_power_needs():
    hand = Hand()
    hand.comes(recorded("v5_two_mbus"))
    coarse = await hand.meter.read()
    assert [coarse.phases[phase].current_a for phase in ("L1", "L2", "L3")] == [pytest.approx(56 / 229.9), 0, 1]
    assert coarse.current_step_a == 1.0
    hand.comes(made("1-0:32.7.0(230.0*V)", "1-0:31.7.0(015*A)", "1-0:21.7.0(03.660*kW)", "1-0:1.7.0(03.660*kW)"))
    assert (await hand.meter.read()).phases["L1"].current_a == pytest.approx(15.913, abs=0.001)
    hand.comes(made("1-0:32.7.0(230.0*V)", "1-0:31.7.0(015*A)", "1-0:21.7.0(09.000*kW)", "1-0:1.7.0(09.000*kW)"))
    assert (await hand.meter.read()).phases["L1"].current_a == 15


async def test_the_meters_phases_are_named_as_the_installer_wired_them():
    hand = Hand(Wiring("grid", 1, Role.GRID, ("L3", "L1", "L2")))
    hand.comes(recorded("v5"))
    phases = (await hand.meter.read()).phases
    assert {phase: values.current_a for phase, values in phases.items()} == {"L3": 0.48, "L1": 0.44, "L2": 0.86}


async def test_a_reading_is_dated_to_when_its_first_byte_came():
    hand = Hand()
    data = power(100)
    hand.comes(power(50) + data[:10])
    hand.comes(data[10:30], after_s=0.4)
    hand.comes(data[30:], after_s=0.4)
    reading = await hand.meter.read()
    assert (reading.power_w, reading.at.monotonic_s) == (100, 1000.0)


async def test_the_newest_telegram_counts_and_none_is_read_twice():
    hand = Hand()
    hand.comes(power(100))
    hand.comes(power(200), after_s=1)
    assert (await hand.meter.read()).power_w == 200
    waiting = asyncio.ensure_future(hand.meter.read())
    await asyncio.sleep(0.01)
    assert not waiting.done()
    waiting.cancel()


@pytest.mark.req("G-123")
async def test_a_meter_that_speaks_every_ten_seconds_says_so_and_one_that_speaks_every_second_too():
    for rhythm_s in (10.0, 1.0):
        hand = Hand()
        for n in range(4):
            hand.comes(power(n, f"26062110150{n}S"), after_s=rhythm_s)
        assert (await hand.meter.read()).rhythm_s == rhythm_s


async def test_one_telegram_lost_on_the_way_does_not_change_the_rhythm():
    hand = Hand()
    for n, after_s in enumerate((1, 1, 1, 2, 1)):
        hand.comes(power(n), after_s)
    assert hand.meter.rhythm_s == 1.0


async def test_no_silence_makes_the_rhythm_slower_than_the_slowest_meter():
    hand = Hand()
    for n in range(4):
        hand.comes(power(n), after_s=600)
    assert hand.meter.rhythm_s == 10.0


@pytest.mark.req("G-123")
async def test_a_damaged_telegram_fails_one_read_and_the_next_is_good():
    hand = Hand()
    hand.comes(power(100).replace(b"00.100", b"00.900"))
    error = await hand.failure()
    assert isinstance(error, DeviceGarbled)
    assert error.reason.key == "p1.crc"
    hand.comes(power(200))
    assert (await hand.meter.read()).power_w == 200


async def test_a_damaged_telegram_is_told_even_when_a_good_one_has_followed():
    hand = Hand()
    hand.comes(power(100).replace(b"00.100", b"00.900") + power(200))
    assert (await hand.failure()).reason.key == "p1.crc"
    assert (await hand.meter.read()).power_w == 200


async def test_an_old_meters_unreadable_telegram_is_named():
    hand = Hand()
    hand.comes(made("1-0:1.7.0(00.", checked=False))
    assert (await hand.failure()).reason.key == "p1.unreadable"


async def test_bytes_that_hold_no_telegram_are_told_with_what_to_check(monkeypatch):
    monkeypatch.setattr(p1_meter, "PATIENCE", 0.0)
    monkeypatch.setattr(p1_meter, "PATIENCE_AT_LEAST_S", 0.05)
    hand = Hand()
    silent = await hand.failure()
    assert (type(silent), silent.reason.key) == (DeviceUnreachable, "p1.silent")
    reading = asyncio.ensure_future(hand.failure())
    await asyncio.sleep(0)
    hand.comes(bytes(range(128, 255)))
    noisy = await reading
    assert (type(noisy), noisy.reason.key) == (DeviceGarbled, "p1.noise")


async def test_a_telegram_that_is_repeated_for_ever_is_no_measurement():
    hand = Hand()
    for _ in range(11):
        hand.comes(power(100), after_s=1)
        assert (await hand.meter.read()).quality is Quality.GOOD
    hand.comes(power(100), after_s=1)
    reading = await hand.meter.read()
    assert (reading.quality, reading.power_w) == (Quality.BAD, None)
    assert "2026-06-21 10:15:00" in word(reading.problem)


def test_every_kind_of_damage_is_worded():
    for kind in ("crc", "parity", "truncated", "too_long"):
        assert all(f"p1.{kind}" in load(language) for language in LANGUAGES)


@asynccontextmanager
async def port(*telegrams: bytes):
    """A P1 port on loopback that sends each connection the next of ``telegrams`` and closes it."""
    left = list(telegrams)

    async def serve(reader, writer) -> None:
        if left:
            writer.write(left.pop(0))
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield TcpAddress("127.0.0.1", server.sockets[0].getsockname()[1])
    server.close()


async def test_telegrams_come_over_a_serial_port_in_portions():
    with serial_pair() as (far, path):
        meter = P1Meter(GRID, SerialAddress(path, 115_200), SystemClock())
        reading = asyncio.ensure_future(meter.read())
        await asyncio.sleep(0.1)
        data = recorded("v5")
        for start in range(0, len(data), 64):
            os.write(far, data[start : start + 64])
            await asyncio.sleep(0.001)
        assert (await reading).power_w == 244
        await meter.close()


async def test_a_connection_that_ends_is_told_once_and_made_anew():
    async with port(recorded("v5"), recorded("v4_2")) as address:
        meter = P1Meter(GRID, address, SystemClock())
        assert (await meter.read()).power_w == 244
        with pytest.raises(DeviceUnreachable) as caught:
            await meter.read()
        assert caught.value.reason.key == "line.ended"
        assert (await meter.read()).power_w == 2027
        await meter.close()


async def test_a_half_telegram_before_a_new_connection_is_not_glued_to_what_follows():
    async with port(recorded("v5")[:300], recorded("v5")) as address:
        meter = P1Meter(GRID, address, SystemClock())
        with pytest.raises(DeviceUnreachable):
            await meter.read()
        assert (await meter.read()).power_w == 244
        await meter.close()


async def test_a_port_where_nobody_listens_says_where_and_what_to_do():
    async with port() as address:
        pass
    meter = P1Meter(GRID, address, SystemClock())
    with pytest.raises(DeviceUnreachable) as caught:
        await meter.read()
    assert str(address) in word(caught.value.reason)
    assert "Check that the device is plugged in" in word(caught.value.reason)


async def test_a_file_gives_one_telegram_a_read_and_goes_on_when_it_grows(tmp_path):
    path = tmp_path / "telegrams.txt"
    path.write_bytes(recorded("v5") + recorded("v4_2"))
    meter = P1Meter(GRID, FileAddress(str(path)), SystemClock())
    assert [(await meter.read()).power_w for _ in range(2)] == [244, 2027]
    with pytest.raises(DeviceUnreachable) as caught:
        await meter.read()
    assert caught.value.reason.key == "line.file_ended"
    with path.open("ab") as file:
        file.write(recorded("iskra_ie"))
    assert (await meter.read()).power_w == -100


@pytest.mark.parametrize("path", ["nothing-here", "."])
async def test_a_file_that_cannot_be_read_says_so(path):
    with pytest.raises(DeviceUnreachable) as caught:
        await P1Meter(GRID, FileAddress(str(FOLDER / path)), SystemClock()).read()
    assert caught.value.reason.key == "line.no_connection"


async def test_a_closed_meter_is_not_read_again():
    hand = Hand()
    await hand.meter.close()
    hand.comes(power(1))
    assert (await hand.failure()).reason.key == "line.ended"


KEYS = (KEY.hex(), AUTHENTICATION.hex())


@pytest.mark.req("G-123")
async def test_an_encrypted_telegram_becomes_a_reading_dated_to_its_first_byte():
    hand = Hand(GRID, *KEYS)
    frame = sealed(power(1234))
    hand.comes(sealed(power(50), 1) + frame[:10])
    hand.comes(frame[10:100], after_s=0.4)
    hand.comes(frame[100:], after_s=0.4)
    reading = await hand.meter.read()
    assert (reading.quality, reading.power_w, reading.at.monotonic_s) == (Quality.GOOD, 1234, 1000.0)


@pytest.mark.parametrize(
    "stream, key",
    [
        (sealed(power(50), key=bytes(16)), "p1.sealed"),
        (power(50), "p1.plain"),
        (sealed(power(50), authenticated=False), "p1.security"),
        (sealed(b"\x0f\x00\x00 no text"), "p1.no_header"),
        (sealed(power(50).replace(b"00.050", b"00.051")), "p1.crc"),
    ],
)
async def test_what_the_key_does_not_open_fails_one_read_and_the_next_telegram_is_good(stream, key):
    hand = Hand(GRID, *KEYS)
    hand.comes(stream)
    failure = await hand.failure()
    assert (type(failure), failure.reason.key) == (DeviceGarbled, key)
    hand.comes(sealed(power(70), 9), after_s=1)
    assert (await hand.meter.read()).power_w == 70


async def test_encrypted_telegrams_without_a_key_ask_for_it(monkeypatch):
    monkeypatch.setattr(p1_meter, "PATIENCE", 0.0)
    monkeypatch.setattr(p1_meter, "PATIENCE_AT_LEAST_S", 0.0)
    hand = Hand()
    hand.comes(sealed(power(50)))
    assert (await hand.failure()).reason.key == "p1.encrypted"


async def test_what_a_telegram_tells_besides_stands_in_the_details():
    hand = Hand(Wiring("grid", 1, Role.GRID, ("L2", "L3", "L1")))
    hand.comes(
        made(
            *("1-0:1.7.0(01.000*kW)", "1-0:3.8.0(000012.345*kvarh)", "1-0:4.8.0(000001.500*kvarh)"),
            *("1-0:9.7.0(01.020*kVA)", "1-0:29.7.0(00.520*kVA)", "1-0:91.7.0(000.40*A)"),
        )
    )
    assert (await hand.meter.read()).details == {
        Quantity.REACTIVE_ENERGY_IMPORT_VARH: {"total": 12_345},
        Quantity.REACTIVE_ENERGY_EXPORT_VARH: {"total": 1500},
        Quantity.APPARENT_POWER_VA: {"total": 1020.0, "L2": 520.0},
        Quantity.CURRENT_A: {"N": 0.4},
    }

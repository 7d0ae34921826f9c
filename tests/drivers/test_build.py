import pytest

from ohmstead.core.model.errors import ConfigurationError
from ohmstead.core.model.settings import BoardSettings, DeviceSettings
from ohmstead.drivers.build import open_board, open_meter
from ohmstead.drivers.clock import SystemClock
from ohmstead.drivers.modbus_board import ModbusBoard
from ohmstead.drivers.modbus_meter import ModbusMeter
from ohmstead.drivers.p1_meter import P1Meter
from ohmstead.drivers.sunspec import SunspecDevice
from ohmstead.transport.modbus_client import Buses

METER = {"driver": "modbus", "meter": "eastron-sdm120", "connect": "tcp://gateway:502", "unit": 7, "role": "load"}


def opened(**changes):
    return open_meter("oven", DeviceSettings(**{**METER, **changes}), Buses(), SystemClock())


def test_each_driver_has_its_adapter_and_none_is_asked_anything():
    assert isinstance(opened(), ModbusMeter)
    assert isinstance(opened(driver="sunspec", meter=None, role="production"), SunspecDevice)
    board = open_board("garage", BoardSettings(connect="tcp://board:502"), Buses(), SystemClock())
    assert isinstance(board, ModbusBoard)
    assert isinstance(opened(driver="p1", meter=None, connect="serial:///dev/ttyUSB0?baud=115200"), P1Meter)


@pytest.mark.parametrize(
    "changes, says",
    [
        ({"meter": "eastron-sdm12"}, r"devices.oven.meter: got 'eastron-sdm12'; .*Did you mean eastron-sdm120\?"),
        (
            {"phases": ("L1", "L2")},
            "devices.oven.phases: got 2 phases; allowed: at most 1. Name one phase per terminal",
        ),
        ({"connect": "serial:///dev/ttyUSB0"}, "devices.oven.connect: got no baud"),
        ({"driver": "p1", "meter": None, "connect": "tcp+rtu://x:1"}, "devices.oven.connect: .*file:///PATH"),
        ({"connect": "plant:oven"}, "devices.oven.connect: .*has no wire"),
    ],
)
def test_settings_that_cannot_be_used_say_where_and_what_is_allowed(changes, says):
    with pytest.raises(ConfigurationError, match=says):
        opened(**changes)


def test_devices_of_one_serial_port_share_a_line_and_must_speak_alike():
    buses, clock = Buses(), SystemClock()

    def opened_on(unit: int, connect: str):
        return open_meter("oven", DeviceSettings(**{**METER, "unit": unit, "connect": connect}), buses, clock)

    one, two = (opened_on(unit, "serial:///dev/ttyUSB0?baud=9600") for unit in (1, 2))
    assert one._line.bus is two._line.bus
    with pytest.raises(ConfigurationError, match=r"oven.connect: got .*19200; allowed: .*baud=9600, as another device"):
        opened_on(3, "serial:///dev/ttyUSB0?baud=19200")


def test_a_board_may_stand_on_a_serial_line_too():
    board = open_board("garage", BoardSettings(connect="serial:///dev/ttyS0?baud=19200"), Buses(), SystemClock())
    assert isinstance(board, ModbusBoard)

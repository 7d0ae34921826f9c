import pytest

from ohmstead.core.model.errors import ConfigurationError
from ohmstead.core.model.settings import BoardSettings, DeviceSettings
from ohmstead.drivers.build import open_board, open_meter
from ohmstead.drivers.clock import SystemClock
from ohmstead.drivers.modbus_board import ModbusBoard
from ohmstead.drivers.modbus_meter import ModbusMeter
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


@pytest.mark.parametrize(
    "changes, says",
    [
        ({"meter": "eastron-sdm12"}, r"devices.oven.meter: got 'eastron-sdm12'; .*Did you mean eastron-sdm120\?"),
        (
            {"phases": ("L1", "L2")},
            "devices.oven.phases: got 2 phases; allowed: at most 1. Name one phase per terminal",
        ),
        ({"connect": "serial:///dev/ttyUSB0"}, "devices.oven.connect: .*not supported yet"),
        ({"connect": "plant:oven"}, "devices.oven.connect: .*has no wire"),
    ],
)
def test_settings_that_cannot_be_used_say_where_and_what_is_allowed(changes, says):
    with pytest.raises(ConfigurationError, match=says):
        opened(**changes)


def test_a_board_behind_a_serial_line_is_not_supported_yet():
    with pytest.raises(ConfigurationError, match=r"chargers.garage.board.connect: .*not supported yet"):
        open_board("garage", BoardSettings(connect="serial:///dev/ttyS0"), Buses(), SystemClock())

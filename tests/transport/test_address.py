import pytest

from ohmstead.core.model.errors import ConfigurationError
from ohmstead.transport.address import FileAddress, SerialAddress, TcpAddress, parse, parse_line


@pytest.mark.parametrize(
    "text, address",
    [
        ("tcp://192.168.1.20:502", TcpAddress("192.168.1.20", 502)),
        ("tcp://Meter.local:1502/", TcpAddress("meter.local", 1502)),
        ("tcp://[fe80::1]:502", TcpAddress("fe80::1", 502)),
        ("tcp+rtu://gateway:4001", TcpAddress("gateway", 4001, rtu=True)),
        ("serial:///dev/ttyUSB0?baud=19200", SerialAddress("/dev/ttyUSB0", 19_200)),
        ("serial:///dev/ttyS0?baud=9600&parity=even", SerialAddress("/dev/ttyS0", 9600, "even")),
        ("serial:///dev/serial/by-id/a%20b?stop=2&baud=2400", SerialAddress("/dev/serial/by-id/a b", 2400, stop=2)),
    ],
)
def test_a_modbus_line_is_a_host_with_a_port_or_a_serial_port_with_its_characters(text, address):
    assert parse(text) == address
    if "%" not in text:
        assert parse(str(address)) == address


@pytest.mark.parametrize(
    "text, address",
    [
        ("tcp://192.168.1.20:23", TcpAddress("192.168.1.20", 23)),
        ("serial:///dev/ttyUSB0?baud=115200", SerialAddress("/dev/ttyUSB0", 115_200)),
        ("serial:///dev/ttyUSB0?baud=9600&parity=even&bits=7", SerialAddress("/dev/ttyUSB0", 9600, "even", bits=7)),
        ("file:///var/lib/telegrams.txt", FileAddress("/var/lib/telegrams.txt")),
    ],
)
def test_a_line_that_speaks_by_itself_may_be_a_file_too(text, address):
    assert parse_line(text) == address
    assert parse_line(str(address)) == address


@pytest.mark.parametrize(
    "text, hint",
    [
        ("plant:", "has no wire"),
        ("tcp://meter", "the port from 1 to 65535"),
        ("tcp://meter:0", "the port from 1 to 65535"),
        ("tcp://meter:70000", "the port from 1 to 65535"),
        ("tcp://meter:502/path", "Such as tcp://"),
        ("http://meter:502", "Such as tcp://"),
        ("file:///telegrams.txt", "Such as tcp://"),
        ("", "Such as tcp://"),
    ],
)
def test_any_other_address_is_refused_with_what_is_allowed(text, hint):
    with pytest.raises(ConfigurationError, match=hint) as caught:
        parse(text, "devices.grid.connect")
    (mistake,) = caught.value.mistakes
    assert mistake.where == "devices.grid.connect"
    assert mistake.allowed == "tcp://HOST:PORT, tcp+rtu://HOST:PORT or serial:///dev/NAME?baud=9600&parity=even"


@pytest.mark.parametrize(
    "text, says",
    [
        ("serial:///dev/ttyUSB0", r"connect: got no baud; allowed: baud=300, .*230400. The device's display or manual"),
        ("serial:///dev/ttyUSB0?baud=12345", "connect: got baud=12345; allowed: baud=300"),
        ("serial:///dev/ttyUSB0?baud=9600&parity=E", "connect: got parity=E; allowed: parity=none, even, odd"),
        ("serial:///dev/ttyUSB0?baud=9600&stop=3", "connect: got stop=3; allowed: stop=1, 2"),
        ("serial:///dev/ttyUSB0?baud=9600&bits=7", "connect: got bits=7; allowed: bits=8, which Modbus RTU needs"),
        ("serial:///dev/ttyUSB0?baud=9600&speed=1", "unknown key 'speed'; allowed: baud, parity, stop, bits"),
        ("serial:///dev/ttyUSB0?baud=9600&baud=2400", "each of baud, parity, stop and bits once"),
        ("serial://ttyUSB0?baud=9600", "behind three slashes"),
    ],
)
def test_a_serial_port_is_told_what_each_part_may_be(text, says):
    with pytest.raises(ConfigurationError, match=says):
        parse(text)


@pytest.mark.parametrize("text", ["file://telegrams.txt", "file:///", "tcp+rtu://meter:1", "plant:grid"])
def test_a_telegram_line_is_no_other_kind(text):
    with pytest.raises(ConfigurationError, match=r"allowed: tcp://HOST:PORT, serial:.* or file:///PATH"):
        parse_line(text)

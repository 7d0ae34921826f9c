"""Telegrams for tests: the recorded ones, and any made of lines."""

from pathlib import Path

from ohmstead.protocols.p1.framing import Framer, crc16
from ohmstead.protocols.p1.telegram import Telegram, parse

FOLDER = Path(__file__).parents[2] / "data" / "p1"
NAMES = sorted(path.stem for path in FOLDER.glob("*.txt"))


def recorded(name: str) -> bytes:
    return (FOLDER / f"{name}.txt").read_bytes()


def made(*lines: str, head: str = "/XYZ5\\2TEST", checked: bool = True) -> bytes:
    body = "\r\n".join((head, "", *lines, "!")).encode("latin-1")
    return body + (b"%04X\r\n" % crc16(body) if checked else b"\r\n")


def read(data: bytes) -> Telegram:
    (frame,) = Framer().feed(data)
    return parse(frame)

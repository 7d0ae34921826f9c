"""A real Mosquitto on a free loopback port, for tests: started, stopped and started again in its place."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin") or "mosquitto"
PATIENCE_S = 15.0


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


class Mosquitto:
    """One broker process. With ``password`` it lets in only the user ``meter``."""

    def __init__(self, folder: Path, password: str | None = None, extra: str = "") -> None:
        self.port = free_port()
        self._config = folder / "mosquitto.conf"
        lines = [f"listener {self.port} 127.0.0.1", "persistence false", "log_dest none", "user root", extra]
        if password is None:
            lines.append("allow_anonymous true")
        else:
            users = folder / "users"
            users.write_text("", "utf-8")
            lines += ["allow_anonymous false", f"password_file {users}"]
        self._config.write_text("\n".join(lines) + "\n", "utf-8")
        self._password = password
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None

    @property
    def address(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    async def start(self) -> None:
        if self._password is not None:
            made = await asyncio.create_subprocess_exec(
                "mosquitto_passwd", "-b", str(self._folder / "users"), "meter", self._password
            )
            await made.wait()
        self._process = await asyncio.create_subprocess_exec(
            MOSQUITTO,
            "-c",
            str(self._config),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(PATIENCE_S):
            while True:
                assert self._process.returncode is None, "mosquitto did not start"
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                except OSError:
                    await asyncio.sleep(0.02)
                else:
                    writer.close()
                    return

    async def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()


@asynccontextmanager
async def mosquitto(folder: Path, password: str | None = None, extra: str = "") -> AsyncIterator[Mosquitto]:
    broker = Mosquitto(folder, password, extra)
    await broker.start()
    try:
        yield broker
    finally:
        await broker.stop()

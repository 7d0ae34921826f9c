"""Our end of a pseudo terminal: whoever opens ``path`` has a serial port, and this is what hangs on its cable.

Like a cable it keeps nothing: what is written while nobody has the port open, or faster than it is read, is lost. What
hangs on it may have a speed: set to another, the port hears noise and is not heard. The system keeps the speed of a
pseudo terminal, though it needs none; parity it does not keep.
"""

import asyncio
import errno
import os
import pty
import select
import termios
import tty

ABSENT_S = 0.1
"""How often it is looked whether somebody has opened the port."""
_CHUNK = 1024
_IN_SPEED, _OUT_SPEED = 4, 5
"""Where termios keeps them."""
_NOISE = bytes(255 - (37 * byte) % 256 for byte in range(256))
"""What becomes of a byte at another speed: always the same other one, so that the same story is told."""


class PseudoTerminal:
    """One pair. ``path`` is the port's name until :meth:`close`."""

    def __init__(self, baud: int | None = None) -> None:
        """``baud`` is the speed of what hangs on it, at which the port stands; ``None`` understands any.

        Raises OSError when the system gives no more of them.
        """
        self._ours, theirs = pty.openpty()
        tty.setraw(theirs)
        self._speed: int | None = None if baud is None else getattr(termios, f"B{baud}")
        if self._speed is not None:
            ways = termios.tcgetattr(theirs)
            ways[_IN_SPEED] = ways[_OUT_SPEED] = self._speed
            termios.tcsetattr(theirs, termios.TCSANOW, ways)
        self.path = os.ttyname(theirs)
        os.close(theirs)
        os.set_blocking(self._ours, False)

    @property
    def opened(self) -> bool:
        """Whether somebody has the port open now."""
        look = select.poll()
        look.register(self._ours, select.POLLHUP)
        return not any(seen & select.POLLHUP for _, seen in look.poll(0))

    @property
    def understood(self) -> bool:
        """Whether the port is set to the speed of what hangs on it."""
        return self._speed is None or termios.tcgetattr(self._ours)[_OUT_SPEED] == self._speed

    async def read(self) -> bytes:
        """The next bytes from the port that are understood, waited for."""
        while True:
            try:
                data = os.read(self._ours, _CHUNK)
                if self.understood:
                    return data
            except BlockingIOError:
                await self._readable()
            except OSError as error:
                if error.errno != errno.EIO:
                    raise
                await asyncio.sleep(ABSENT_S)

    def write(self, data: bytes) -> None:
        """Send what the port takes now; the rest is lost."""
        if not self.opened:
            return
        try:
            os.write(self._ours, data if self.understood else data.translate(_NOISE))
        except BlockingIOError:
            pass
        except OSError as error:
            if error.errno != errno.EIO:
                raise

    def close(self) -> None:
        """The port is gone."""
        os.close(self._ours)

    async def _readable(self) -> None:
        loop = asyncio.get_running_loop()
        came = asyncio.Event()
        loop.add_reader(self._ours, came.set)
        try:
            await came.wait()
        finally:
            loop.remove_reader(self._ours)

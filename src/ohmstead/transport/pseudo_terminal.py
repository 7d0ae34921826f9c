"""Our end of a pseudo terminal: whoever opens ``path`` has a serial port, and this is what hangs on its cable.

Like a cable it keeps nothing: what is written while nobody has the port open, or faster than it is read, is lost.
"""

import asyncio
import errno
import os
import pty
import select
import tty

ABSENT_S = 0.1
"""How often it is looked whether somebody has opened the port."""
_CHUNK = 1024


class PseudoTerminal:
    """One pair. ``path`` is the port's name until :meth:`close`."""

    def __init__(self) -> None:
        """Raises OSError when the system gives no more of them."""
        self._ours, theirs = pty.openpty()
        tty.setraw(theirs)
        self.path = os.ttyname(theirs)
        os.close(theirs)
        os.set_blocking(self._ours, False)

    @property
    def opened(self) -> bool:
        """Whether somebody has the port open now."""
        look = select.poll()
        look.register(self._ours, select.POLLHUP)
        return not any(seen & select.POLLHUP for _, seen in look.poll(0))

    async def read(self) -> bytes:
        """The next bytes from the port, waited for."""
        while True:
            try:
                return os.read(self._ours, _CHUNK)
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
            os.write(self._ours, data)
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

"""``python -m ohmstead.drivers.sampling``: the worker of one front end, as the site starts it."""

import asyncio
import contextlib

from ohmstead.drivers.sampling.worker import main

with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
    asyncio.run(main())

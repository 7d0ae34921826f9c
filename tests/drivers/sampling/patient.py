"""``python -m tests.drivers.sampling.patient``: the worker of a front end, but any pace of samples is right for it."""

import asyncio

from ohmstead.drivers.sampling import worker

if __name__ == "__main__":
    worker.AHEAD_S = 1e9
    asyncio.run(worker.main())

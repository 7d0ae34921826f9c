"""A brake on guessing passwords: a pause that doubles with each failure, per address and account (G-008).

An attempt is booked as failed before it is checked, so that many at once do not slip through, and taken back
when it succeeds. Memory is bounded; under a flood the entries that were quiet longest are forgotten first.
"""

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass

FREE_ATTEMPTS = 3
"""Failures without a pause: people mistype."""
FREE_PER_ADDRESS = 20
"""The same for one address over all accounts: a household shares one."""
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 900.0
FORGET_AFTER_S = 3_600.0
CAPACITY = 4_096


@dataclass(slots=True)
class _Tries:
    count: int = 0
    last_s: float = 0.0


class Throttle:
    """Counts attempts; ``now_s`` is monotonic seconds given by the caller."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._tries: OrderedDict[tuple[str, str], _Tries] = OrderedDict()
        self._capacity = capacity

    def __len__(self) -> int:
        return len(self._tries)

    def wait_s(self, address: str, account: str, now_s: float) -> float:
        """Seconds until the next attempt is looked at; 0 when it is now."""
        place = _place(address)
        return max(
            self._pause(self._tries.get((place, account)), FREE_ATTEMPTS, now_s),
            self._pause(self._tries.get((place, "")), FREE_PER_ADDRESS, now_s),
        )

    def attempt(self, address: str, account: str, now_s: float) -> None:
        """Book one attempt as failed."""
        place = _place(address)
        for key in ((place, account), (place, "")):
            tries = self._tries.setdefault(key, _Tries())
            if now_s - tries.last_s > FORGET_AFTER_S:
                tries.count = 0
            tries.count += 1
            tries.last_s = now_s
            self._tries.move_to_end(key)
        while len(self._tries) > self._capacity:
            self._tries.popitem(last=False)

    def succeeded(self, address: str, account: str) -> None:
        """Take the attempt back and forget the account's failures from there."""
        place = _place(address)
        self._tries.pop((place, account), None)
        if (everyone := self._tries.get((place, ""))) is not None:
            everyone.count = max(0, everyone.count - 1)

    @staticmethod
    def _pause(tries: _Tries | None, free: int, now_s: float) -> float:
        if tries is None or tries.count < free or now_s - tries.last_s > FORGET_AFTER_S:
            return 0.0
        pause = min(FIRST_PAUSE_S * 2.0 ** min(tries.count - free, 20), LONGEST_PAUSE_S)
        return max(0.0, tries.last_s + pause - now_s)


def _place(address: str) -> str:
    """An IPv6 household has a whole /64, so that is what counts; anything else stands for itself."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if ip.version == 6 and ip.ipv4_mapped is None:
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)

"""Chance that is the same in every run: numbers hashed from a seed and integers, no generator state.

The mixer is splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
"""

from functools import cache, lru_cache

_MASK = (1 << 64) - 1


def unit(seed: int, *keys: int) -> float:
    """A number in [0, 1) that depends on ``seed`` and ``keys`` alone."""
    value = seed & _MASK
    for key in (*keys, len(keys)):
        value = (value + 0x9E3779B97F4A7C15 + (key & _MASK)) & _MASK
        value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
        value ^= value >> 31
    return (value >> 11) / (1 << 53)


def signed(seed: int, *keys: int) -> float:
    """A number in [−1, 1) that depends on ``seed`` and ``keys`` alone."""
    return 2.0 * unit(seed, *keys) - 1.0


@cache
def label(text: str) -> int:
    """``text`` as a key, the same in every process (FNV-1a, 64 bit)."""
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001B3) & _MASK
    return value


def drift(seed: int, at_s: float, period_s: float) -> float:
    """A smooth curve in [−1, 1): random knots every ``period_s`` seconds, cosine-like between them."""
    place = at_s / period_s
    knot = int(place // 1)
    share = place - knot
    share = share * share * (3.0 - 2.0 * share)
    return _knot(seed, knot) * (1.0 - share) + _knot(seed, knot + 1) * share


@lru_cache(maxsize=256)
def _knot(seed: int, knot: int) -> float:
    return signed(seed, knot)

"""Bytes squeezed and opened again: Zstandard, and deflate, which older bodies are written in (ADR 13).

A squeezed body carries a checksum, so that a failing disk is noticed. What cannot be opened raises ValueError.
"""

import threading
import zlib

import zstandard

_LEVEL = 9


class _Openers(threading.local):
    """A context for each thread: to make a new one takes as long as to open a body."""

    def __init__(self) -> None:
        self.zstandard = zstandard.ZstdDecompressor()


_openers = _Openers()


def squeeze(plain: bytes) -> bytes:
    """``plain`` as a Zstandard frame."""
    return zstandard.ZstdCompressor(_LEVEL, write_checksum=True).compress(plain)


def opened(squeezed: bytes | memoryview, size: int) -> bytes:
    """The ``size`` bytes that ``squeeze`` squeezed."""
    try:
        holds = zstandard.frame_content_size(squeezed)
        if holds != size:
            raise ValueError(f"a Zstandard frame of {holds} bytes where {size} were kept")
        return _openers.zstandard.decompress(squeezed)
    except zstandard.ZstdError as error:
        raise ValueError(f"not a whole Zstandard frame: {error}") from error


def inflated(deflated: bytes | memoryview, size: int = zlib.DEF_BUF_SIZE) -> bytes:
    """What ``zlib.compress`` deflated; about ``size`` bytes."""
    try:
        return zlib.decompress(deflated, bufsize=max(size, 1))
    except zlib.error as error:
        raise ValueError(f"not a whole deflated body: {error}") from error

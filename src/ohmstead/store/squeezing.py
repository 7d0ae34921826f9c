"""Bytes squeezed and opened again: Zstandard, and deflate, which older bodies are written in (ADR 12).

A squeezed body carries a checksum, so that a failing disk is noticed. What cannot be opened raises ValueError.
"""

import sys
import zlib

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_LEVEL = 9
_OPTIONS = {zstd.CompressionParameter.compression_level: _LEVEL, zstd.CompressionParameter.checksum_flag: 1}


def squeeze(plain: bytes) -> bytes:
    """``plain`` as a Zstandard frame."""
    return zstd.compress(plain, options=_OPTIONS)


def opened(squeezed: bytes) -> bytes:
    """What ``squeeze`` squeezed."""
    try:
        return zstd.decompress(squeezed)
    except zstd.ZstdError as error:
        raise ValueError(f"not a whole Zstandard frame: {error}") from error


def inflated(deflated: bytes) -> bytes:
    """What ``zlib.compress`` deflated."""
    try:
        return zlib.decompress(deflated)
    except zlib.error as error:
        raise ValueError(f"not a whole deflated body: {error}") from error

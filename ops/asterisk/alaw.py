"""A-law (ITU-T G.711), the codec of the French trunk: our prompts and music are stored in it.

Decides the sixteen-bit to eight-bit table and nothing else. Standard library only, and not `audioop`, which
leaves Python in 3.13.
"""

from __future__ import annotations

from array import array
from functools import cache

SILENCE = 0xD5  # the code of a sample of zero


def code(sample: int) -> int:
    """The A-law octet of one 16-bit sample (-32768 … 32767); rounding towards zero as in the G.711 reference."""
    sign, magnitude = (0x80, sample >> 3) if sample >= 0 else (0x00, (-sample - 1) >> 3)
    if magnitude < 32:
        segment, mantissa = 0, magnitude >> 1
    else:
        segment = magnitude.bit_length() - 5
        mantissa = (magnitude >> segment) & 0x0F
    return (sign | segment << 4 | mantissa) ^ 0x55


@cache
def _table() -> bytes:
    return bytes(code(value if value < 0x8000 else value - 0x10000) for value in range(0x10000))


def encode(samples: array[int]) -> bytes:
    """A-law of signed 16-bit samples (`array("h")`), one octet each."""
    words = array("H", samples.tobytes())
    return bytes(map(_table().__getitem__, words))


def encode_pcm(pcm: bytes) -> bytes:
    """A-law of little-endian 16-bit PCM, as it lies in a WAV file; an odd last octet is dropped."""
    samples = array("h")
    samples.frombytes(pcm[: len(pcm) & ~1])
    return encode(samples)

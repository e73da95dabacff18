"""Samples of speech made fit for a telephone line: 8 kHz without aliases, one loudness, no dead air around them.

Decides filter, level and margins. It knows neither where samples come from nor in which codec they end.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from functools import cache
from math import ceil, cos, gcd, pi, sin
from operator import mul
from typing import TypeVar

TAP_ONE = 1 << 15  # the taps of the fast filter are integers of this scale
SLOT_BIAS = 1 << 40  # more than any weighted sum of 16-bit samples
Sample = TypeVar("Sample", int, float)

RATE = 8000  # Hz, of the telephone
CUT_HZ, TRANSITION_HZ = 4000.0, 800.0  # full below 3600 Hz, gone above 4400 Hz
ACTIVE_RMS = 3300  # of 32768, -20 dB below full scale while somebody speaks: usual for announcements in France
PEAK_MAX = 26000  # -2 dB, so that nothing is clipped
GATE_DB = -35.0  # a frame this far below the loudest one is a pause
FRAME = 160  # samples, 20 ms
LEAD_S, TAIL_S = 0.04, 0.20  # silence kept before and after, so that prompts played in a row sound like sentences


def to_telephone(samples: array[int], rate: int) -> array[int]:
    """16-bit samples at `rate` Hz → at 8 kHz, levelled and trimmed; empty when there is nothing to hear."""
    return trim(level(resample(samples, rate)))


def resample(samples: array[int], rate: int) -> array[float]:
    """16-bit samples at `rate` Hz → at 8 kHz, low-passed first by a windowed sinc."""
    if rate == RATE:
        return array("d", samples)
    if rate < RATE:
        raise ValueError(f"{rate} Hz is below the telephone's {RATE} Hz")
    return _halved(samples) if rate == 2 * RATE else _resampled(samples, rate)


def _halved(samples: array[int]) -> array[float]:
    """Half the rate. Cut at a quarter of it, every other tap of the sinc is zero: only odd neighbours are summed."""
    taps = _taps(2 * RATE, 0.0)
    half = len(taps) // 2
    assert half % 2 == 1
    centre, scaled = taps[half], [round(tap * TAP_ONE) for tap in taps[::2]]
    neighbours = array("h", bytes(2 * half)) + samples + array("h", bytes(2 * half + 2))
    sums = _convolved(neighbours[::2], scaled)[half:]
    return array("d", (centre * sample + around / TAP_ONE for sample, around in zip(samples[::2], sums, strict=False)))


def _convolved(samples: array[int], taps: list[int]) -> list[int]:
    """Every sum of neighbouring samples weighted by (symmetric) taps.

    As one product of two huge integers that hold a value in every 64 bits: Python multiplies those in C, which is
    four times as fast as a loop over samples, and a first start renders all prompts.
    """
    length = len(samples) + len(taps) - 1
    product = _packed(samples) * _packed(taps) + SLOT_BIAS * _ones(length)
    slots = array("Q")
    slots.frombytes(product.to_bytes(8 * length + 8, "little"))  # as on every machine that `programs` knows
    return [slot - SLOT_BIAS for slot in slots[:length]]


def _packed(values: Iterable[int]) -> int:
    """The sum of value[k] << 64·k; negative values borrow from their neighbour, which a bias later gives back."""
    slots = array("Q", (value + 0x8000 for value in values))
    return int.from_bytes(slots.tobytes(), "little") - 0x8000 * _ones(len(slots))


def _ones(count: int) -> int:
    return int.from_bytes(array("Q", [1]).tobytes() * count, "little")


def _resampled(samples: array[int], rate: int) -> array[float]:
    """Any other rate, one filter for each fraction of a sample."""
    up, down = RATE // gcd(RATE, rate), rate // gcd(RATE, rate)
    phases = [_taps(rate, phase / up) for phase in range(up)]
    width = len(phases[0])
    padded = array("h", bytes(2 * (width // 2))) + samples + array("h", bytes(2 * width))
    places = (divmod(n * down, up) for n in range(len(samples) * up // down))
    return array("d", (sum(map(mul, phases[phase], padded[at : at + width])) for at, phase in places))


@cache
def _taps(rate: int, shift: float) -> tuple[float, ...]:
    """The low-pass for a sample `shift` (0 … 1) after the middle tap; the taps sum to one."""
    half = ceil(1.65 * rate / TRANSITION_HZ) | 1  # 3.3 / transition: the width of a Hamming window
    cut = CUT_HZ / rate
    taps = []
    for at in range(-half, half + 1):
        x = at - shift
        sinc = 2 * cut if x == 0 else sin(2 * pi * cut * x) / (pi * x)
        taps.append(sinc * (0.54 + 0.46 * cos(pi * x / (half + 1))))
    return tuple(tap / sum(taps) for tap in taps)


def level(samples: array[float]) -> array[int]:
    """The same sound with its active speech at the usual level, pauses left out of the measure; never clipped."""
    powers = [sum(map(mul, frame, frame)) / FRAME for frame in _frames(samples)]
    loudest = max(powers, default=0.0)
    if loudest < 1.0:
        return array("h", map(round, samples))
    active = [power for power in powers if power >= loudest * 10 ** (GATE_DB / 10)]
    rms = (sum(active) / len(active)) ** 0.5
    gain = min(ACTIVE_RMS / rms, PEAK_MAX / max(max(samples), -min(samples)))
    return array("h", (round(sample * gain) for sample in samples))


def trim(samples: array[int]) -> array[int]:
    """The same sound with the silence before and after it cut to its margins."""
    threshold = ACTIVE_RMS * 10 ** (GATE_DB / 20)
    heard = [at for at, frame in enumerate(_frames(samples)) if max(max(frame), -min(frame)) > threshold]
    if not heard:
        return array("h")
    start = max(0, heard[0] * FRAME - int(LEAD_S * RATE))
    end = (heard[-1] + 1) * FRAME + int(TAIL_S * RATE)
    return samples[start:end]


def _frames(samples: array[Sample]) -> list[array[Sample]]:
    return [samples[at : at + FRAME] for at in range(0, len(samples), FRAME)]

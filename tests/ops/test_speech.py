"""Prompts: clear at 8 kHz, spoken once, replaced where somebody recorded one."""

from __future__ import annotations

import math
import time
import wave
from array import array
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.asterisk import alaw, waveform
from ops.asterisk.programs import Pico, Programs
from ops.asterisk.speech import SpeechError, Voice

NO_VOICE = Pico(Path("/nonexistent/libttspico.so.0"), Path("/nonexistent"))


def quiet(_: str) -> None:
    """Progress that nobody reads."""


def tone(hz: float, rate: int, seconds: float = 0.5, height: int = 16000) -> array[int]:
    return array("h", (round(height * math.sin(2 * math.pi * hz * n / rate)) for n in range(int(rate * seconds))))


def gain_db(hz: float, rate: int) -> float:
    """What is left of a tone after resampling, ends aside."""
    left = waveform.resample(tone(hz, rate), rate)[200:-200]
    rms = math.sqrt(sum(value * value for value in left) / len(left))
    return 20 * math.log10(rms / (16000 / math.sqrt(2)) + 1e-9)


@pytest.mark.parametrize("rate", [16000, 22050])
def test_what_is_below_3600_hz_passes_and_what_is_above_4400_hz_does_not_fold_back(rate: int) -> None:
    assert all(abs(gain_db(hz, rate)) < 0.2 for hz in (300, 1000, 3000, 3500))
    assert all(gain_db(hz, rate) < -45 for hz in (4500, 5000, 6000, 7500))


def test_the_fast_filter_gives_what_the_plain_sum_gives() -> None:
    samples = tone(700, 16000, 0.05)
    taps = waveform._taps(16000, 0.0)
    half = len(taps) // 2
    padded = [0] * half + list(samples) + [0] * half
    plain = [sum(t * x for t, x in zip(taps, padded[at:], strict=False)) for at in range(0, len(samples), 2)]
    fast = waveform.resample(samples, 16000)
    assert len(fast) == len(plain)
    assert max(abs(a - b) for a, b in zip(fast, plain, strict=True)) < 8


@given(st.lists(st.integers(-32768, 32767), max_size=400))
def test_no_sound_is_clipped_or_refused_whatever_its_level(samples: list[int]) -> None:
    levelled = waveform.level(waveform.resample(array("h", samples), 16000))
    assert all(-32768 <= value <= 32767 for value in levelled)
    assert len(waveform.trim(levelled)) <= len(levelled)


def test_silence_around_a_sound_is_cut_to_its_margins() -> None:
    silence = array("h", bytes(2 * 8000))
    heard = waveform.to_telephone(silence + tone(440, 8000, 1.0) + silence, 8000)
    assert len(heard) / 8000 == pytest.approx(1.0 + waveform.LEAD_S + waveform.TAIL_S, abs=0.04)
    assert waveform.to_telephone(silence, 8000) == array("h")


@pytest.mark.parametrize(
    ("sample", "octet"),
    [(0, 0xD5), (-1, 0x55), (8, 0xD5), (16, 0xD4), (32767, 0xAA), (-32768, 0x2A), (1000, 0xFA), (-1000, 0x7A)],
)
def test_a_law_is_that_of_g711(sample: int, octet: int) -> None:
    assert alaw.code(sample) == octet
    assert alaw.encode(array("h", [sample])) == bytes([octet])


def write_wav(file: Path, *, rate: int = 8000, channels: int = 1, width: int = 2, frames: int = 800) -> None:
    with wave.open(str(file), "wb") as recording:
        recording.setframerate(rate)
        recording.setnchannels(channels)
        recording.setsampwidth(width)
        recording.writeframes(bytes(frames * channels * width))


def test_a_recording_replaces_the_spoken_text_and_needs_no_voice(tmp_path: Path) -> None:
    recorded, into = tmp_path / "recorded", tmp_path / "cache"
    recorded.mkdir()
    write_wav(recorded / "welcome.wav")
    (recorded / "bye.alaw").write_bytes(b"\x11" * 160)
    write_wav(recorded / "bye.wav")
    files = Voice(NO_VOICE).render({"welcome": "Bonjour", "bye": "Au revoir"}, into, recorded, quiet)
    assert files["welcome"].with_suffix(".alaw").read_bytes() == b"\xd5" * 800
    assert files["bye"].with_suffix(".alaw").read_bytes() == b"\x11" * 160  # A-law wins over WAV


def test_a_changed_recording_is_a_new_file(tmp_path: Path) -> None:
    write_wav(tmp_path / "welcome.wav", frames=800)
    first = Voice(NO_VOICE).render({"welcome": "x"}, tmp_path / "cache", tmp_path, quiet)
    write_wav(tmp_path / "welcome.wav", frames=900)
    assert Voice(NO_VOICE).render({"welcome": "x"}, tmp_path / "cache", tmp_path, quiet) != first


def test_a_recording_of_no_prompt_is_told(tmp_path: Path) -> None:
    write_wav(tmp_path / "welcom.wav")
    write_wav(tmp_path / "bye.wav")
    said: list[str] = []
    Voice(NO_VOICE).render({"bye": "x"}, tmp_path / "cache", tmp_path, said.append)
    assert len(said) == 1
    assert "welcom.wav" in said[0]


def test_faulty_recordings_and_empty_texts_are_refused_all_at_once(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", rate=16000)
    write_wav(tmp_path / "b.wav", channels=2)
    (tmp_path / "c.wav").write_bytes(b"ID3 not a wave at all")
    (tmp_path / "d.alaw").write_bytes(b"")
    with pytest.raises(SpeechError) as refusal:
        Voice(NO_VOICE).render(dict.fromkeys("abcd", "x") | {"e": "  "}, tmp_path / "cache", tmp_path, quiet)
    faults = refusal.value.faults
    assert len(faults) == 5
    for place, remedy in (("a.wav", "8000 Hz"), ("b.wav", "1 channel"), ("c.wav", "16-bit PCM"), ("d.alaw", "record")):
        assert any(place in fault and remedy in fault for fault in faults), place


def test_a_voice_that_is_not_there_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match="set it up again"):
        Voice(NO_VOICE).render({"welcome": "Bonjour"}, tmp_path, None, quiet)


@pytest.mark.real
def test_a_text_is_spoken_once_and_again_only_when_it_changes(programs: Programs, tmp_path: Path) -> None:
    texts = {"welcome": "Bonjour, vous êtes bien à Mon orientation en ligne.", "again": "Tapez étoile."}
    said: list[str] = []
    files = Voice(programs.voice).render(texts, tmp_path, None, said.append)
    stamps = {name: path.with_suffix(".alaw").stat().st_mtime_ns for name, path in files.items()}
    seconds = files["welcome"].with_suffix(".alaw").stat().st_size / 8000
    assert 2 < seconds < 6

    began = time.perf_counter()
    assert Voice(NO_VOICE).render(texts, tmp_path, None, said.append) == files  # the voice is not even loaded
    assert time.perf_counter() - began < 0.2
    assert {name: path.with_suffix(".alaw").stat().st_mtime_ns for name, path in files.items()} == stamps
    assert len(said) == 1

    changed = Voice(programs.voice).render(texts | {"again": "Tapez dièse."}, tmp_path, None, said.append)
    assert changed["welcome"] == files["welcome"]
    assert changed["again"] != files["again"]
    assert not list(tmp_path.glob(".speaking-*"))


@pytest.mark.real
def test_a_text_sounds_the_same_whatever_was_spoken_before_it(programs: Programs, tmp_path: Path) -> None:
    alone = Voice(programs.voice).render({"b": "Tapez 1."}, tmp_path / "one", None, quiet)
    after = Voice(programs.voice).render(
        {"a": "<volume level='150'>Attention</volume>", "b": "Tapez 1."}, tmp_path / "two", None, quiet
    )
    assert alone["b"].with_suffix(".alaw").read_bytes() == after["b"].with_suffix(".alaw").read_bytes()

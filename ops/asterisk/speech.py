"""The prompts that callers hear: French text to A-law files, rendered once, replaced where somebody recorded one.

Decides file names (by content, so a changed text is a new file and an old one is never played for a new text), which
recording replaces which text, and what a recording must be. It does not know flows, lines or hours.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import wave
from collections.abc import Callable, Mapping
from pathlib import Path

from ops.asterisk import alaw, waveform
from ops.asterisk.programs import Espeak, Pico
from ops.asterisk.synthesis import Engine, SynthesisError, engine_of

SETTINGS = "1"  # raise when the same text has to sound otherwise: level, margins, filter, speed
SUFFIX = ".alaw"  # the trunk's and the phones' codec: Asterisk plays it as it is


class SpeechError(Exception):
    """Prompts that cannot be rendered; `faults` lists each with where it is and how to mend it."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


class Voice:
    """Renders prompts with one synthesiser, which is started only when something has to be said anew."""

    def __init__(self, voice: Pico | Espeak) -> None:
        self._voice = voice
        self._engine: Engine | None = None

    def render(
        self, texts: Mapping[str, str], into: Path, recorded: Path | None, say: Callable[[str], None]
    ) -> dict[str, Path]:
        """Prompt name → its audio file without extension (what `sound:` and Playback() take).

        `into` is the cache. `recorded` may hold NAME.alaw or NAME.wav (8 kHz, mono, 16-bit PCM), which replace the
        synthesised voice. Blocking: call it in a thread. Raises SpeechError with all faults at once.
        """
        into.mkdir(parents=True, exist_ok=True)
        recordings = _recordings(recorded)
        faults: list[str] = []
        files: dict[str, Path] = {}
        missing: dict[Path, str] = {}
        for name, text in texts.items():
            if name in recordings:
                try:
                    sound = _read_recording(recordings[name])
                except ValueError as fault:
                    faults.append(str(fault))
                    continue
                files[name] = into / _digest(sound)
                if not _file(files[name]).exists():
                    _write(_file(files[name]), sound)
                continue
            spoken = " ".join(text.split())
            files[name] = into / _digest(f"{self._name}\0{SETTINGS}\0{spoken}".encode())
            if not spoken:
                faults.append(f"prompt '{name}' has no text: write what it says, or record {name}.wav")
            elif not _file(files[name]).exists():
                missing[files[name]] = spoken
        for name in sorted(recordings.keys() - texts.keys()):
            say(f"{recordings[name].name} is the recording of no prompt: it is not used")
        if not faults and missing:
            faults += self._speak(missing, say)
        if faults:
            raise SpeechError(faults)
        return files

    @property
    def _name(self) -> str:
        return "pico-fr-FR-nk0" if isinstance(self._voice, Pico) else "espeak-fr"

    def _speak(self, missing: Mapping[Path, str], say: Callable[[str], None]) -> list[str]:
        say(f"speaking {len(missing)} prompts")
        faults = []
        try:
            engine = engine_of(self._voice)
        except SynthesisError as error:
            return [str(error)]
        try:
            for base, text in missing.items():
                try:
                    samples = waveform.to_telephone(*engine.speak(text))
                except SynthesisError as error:
                    faults.append(f"“{text[:60]}”: {error}")
                    continue
                if samples:
                    _write(_file(base), alaw.encode(samples))
                else:
                    faults.append(f"“{text[:60]}” has nothing that can be spoken: write words")
        finally:
            engine.close()
        return faults


def _file(base: Path) -> Path:
    return base.with_name(base.name + SUFFIX)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:24]


def _recordings(folder: Path | None) -> dict[str, Path]:
    """Prompt name → recording; an A-law file wins over a WAV file of the same name."""
    if folder is None or not folder.is_dir():
        return {}
    files = sorted(folder.iterdir(), key=lambda file: file.suffix != ".wav")
    return {file.stem: file for file in files if file.suffix in (".wav", SUFFIX)}


def _read_recording(file: Path) -> bytes:
    """A-law of a recording. Raises ValueError that says what is wrong and how to mend it."""
    if file.suffix == SUFFIX:
        sound = file.read_bytes()
    else:
        try:
            with wave.open(str(file)) as recording:
                shape = (recording.getframerate(), recording.getnchannels(), 8 * recording.getsampwidth())
                pcm = recording.readframes(recording.getnframes())
        except (wave.Error, EOFError) as error:
            raise ValueError(f"{file}: not a PCM WAV file ({error}); save it as 8 kHz, mono, 16-bit PCM") from error
        if shape != (waveform.RATE, 1, 16):
            is_now = f"{shape[0]} Hz, {shape[1]} channel(s), {shape[2]} bits"
            raise ValueError(f"{file}: is {is_now}; save it as 8000 Hz, 1 channel, 16 bits")
        sound = alaw.encode_pcm(pcm)
    if not sound:
        raise ValueError(f"{file}: is empty; record it again, or remove it to have the text spoken")
    return sound


def _write(file: Path, content: bytes) -> None:
    """Atomically: a file of this name is complete, whoever else renders the same."""
    handle, temporary = tempfile.mkstemp(prefix=".speaking-", dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise

"""Text to samples by SVOX Pico (in process, through ctypes) or by espeak-ng (a program), in French.

Decides nothing about files or levels; it knows the synthesisers and how each is driven.
"""

from __future__ import annotations

import ctypes
import io
import os
import subprocess
import wave
from array import array
from pathlib import Path

from ops.asterisk.programs import Espeak, Pico

PICO_RATE = 16000  # Hz
PICO_MEMORY = 2_500_000  # bytes, what its own command-line tool gives it
PICO_FILES = ("fr-FR_ta.bin", "fr-FR_nk0_sg.bin")  # text analysis, signal generation
PICO_BUSY = 201  # status of pico_getData while more is to come
PUT_MAX = 4096  # octets of text handed over at once; its lengths are 16-bit
VOICE = b"fr-FR"


class SynthesisError(Exception):
    """The synthesiser could not be loaded or failed on a text; the message says which and what to do."""


class PicoEngine:
    """SVOX Pico with its French voice. One text after another; not to be shared between threads."""

    def __init__(self, pico: Pico) -> None:
        try:
            self._pico = ctypes.CDLL(str(pico.library))
        except OSError as error:
            raise SynthesisError(
                f"SVOX Pico cannot be loaded ({error}); remove the prefix and set it up again"
            ) from error
        self._memory = ctypes.create_string_buffer(PICO_MEMORY)
        self._system = ctypes.c_void_p()
        self._call("pico_initialize", self._memory, ctypes.c_uint32(PICO_MEMORY), ctypes.byref(self._system))
        resources = [self._load(pico.languages / file) for file in PICO_FILES]
        self._call("pico_createVoiceDefinition", self._system, VOICE)
        for resource in resources:
            self._call("pico_addResourceToVoiceDefinition", self._system, VOICE, resource)

    def _call(self, function: str, *arguments: object) -> None:
        status = getattr(self._pico, function)(*arguments)
        if status:
            raise SynthesisError(
                f"SVOX Pico refuses {function} (status {status}); remove the prefix and set it up again"
            )

    def _load(self, file: Path) -> bytes:
        resource, name = ctypes.c_void_p(), ctypes.create_string_buffer(200)
        self._call("pico_loadResource", self._system, os.fsencode(file), ctypes.byref(resource))
        self._call("pico_getResourceName", self._system, resource, name)
        return name.value

    def speak(self, text: str) -> tuple[array[int], int]:
        """Samples of the text and their rate in Hz.

        Each text gets an engine of its own: a `<volume>` or `<pitch>` mark in one would change all later ones.
        """
        engine = ctypes.c_void_p()
        self._call("pico_newEngine", self._system, VOICE, ctypes.byref(engine))
        try:
            return array("h", self._drain(engine, text.encode() + b"\0")), PICO_RATE
        finally:
            self._call("pico_disposeEngine", self._system, ctypes.byref(engine))

    def _drain(self, engine: ctypes.c_void_p, text: bytes) -> bytes:
        pcm, buffer = bytearray(), ctypes.create_string_buffer(8192)
        while text:
            put, got, kind = ctypes.c_int16(), ctypes.c_int16(), ctypes.c_int16()
            self._call("pico_putTextUtf8", engine, text, ctypes.c_int16(min(len(text), PUT_MAX)), ctypes.byref(put))
            text = text[put.value :]
            status = PICO_BUSY
            while status == PICO_BUSY:
                status = self._pico.pico_getData(
                    engine, buffer, ctypes.c_int16(len(buffer)), ctypes.byref(got), ctypes.byref(kind)
                )
                pcm += buffer.raw[: got.value]
            if status < 0:
                raise SynthesisError(f"SVOX Pico stopped in the text (status {status}); change its wording")
        return bytes(pcm)

    def close(self) -> None:
        """Give its memory back."""
        self._call("pico_terminate", ctypes.byref(self._system))


class EspeakEngine:
    """espeak-ng, one process for each text; the poorer voice, where SVOX Pico cannot be had."""

    def __init__(self, espeak: Espeak) -> None:
        self._espeak = espeak

    def speak(self, text: str) -> tuple[array[int], int]:
        """Samples of the text and their rate in Hz."""
        command = [*self._espeak.program, "-v", "fr", "-s", "150", "--stdin", "--stdout"]
        environment = {**os.environ, "ESPEAK_DATA_PATH": str(self._espeak.data)}
        done = subprocess.run(command, input=text.encode(), capture_output=True, env=environment, check=False)
        if done.returncode or not done.stdout:
            reason = done.stderr.decode(errors="replace").strip()
            raise SynthesisError(f"espeak-ng failed ({reason}); remove the prefix and set it up again")
        with wave.open(io.BytesIO(done.stdout)) as spoken:  # its header gives no length, so read to the end
            rate, start = spoken.getframerate(), done.stdout.index(b"data") + 8
        samples = array("h", done.stdout[start : start + (len(done.stdout) - start & ~1)])
        return samples, rate

    def close(self) -> None:
        """Nothing is held between texts."""


Engine = PicoEngine | EspeakEngine


def engine_of(voice: Pico | Espeak) -> Engine:
    """The synthesiser that was provisioned."""
    return PicoEngine(voice) if isinstance(voice, Pico) else EspeakEngine(voice)

"""Machines told by their sound: what real people and real answering machines say, before Asterisk's own detection.

The voice is the one that speaks our prompts; the pauses, the beep and the lengths are those of French boxes.
"""

from __future__ import annotations

import asyncio
import math
import random
from array import array
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from ops.asterisk import alaw, waveform
from ops.asterisk.programs import Programs
from ops.asterisk.synthesis import engine_of
from ops.robots.scenarios import Temper, callees
from tests.real.callbacks import Callbacks, calling
from tests.real.house import House, Json
from tests.real.outside import ANSWER_S, Outside
from tests.real.witness import Witness, witness

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]

PEOPLE = {
    "allo": "Allô ?",
    "who listens": "",
    "two phrases": "Oui allô, j'écoute.",
    "a name": "Oui allô bonjour, Martine Dupont à l'appareil, j'écoute.",
    "an office": "Mission locale de Saint-Denis, Martine, bonjour.",
}
NOISES = {"in a street": 400}
"""Somebody who says "allô" there → how loud it is, on the average, of 32767: 38 dB below full scale."""
MACHINES = {
    "the operator's": "Bonjour, vous êtes bien sur la messagerie vocale du zéro un, quatre-vingt-dix-neuf, zéro zéro, "
    "zéro zéro, zéro deux. Veuillez laisser un message après le signal sonore.",
    "their own": "Salut, c'est Sami, je ne suis pas disponible pour le moment. Laisse-moi un message, je te rappelle.",
}
SHORT = "Votre correspondant n'est pas disponible pour le moment. Veuillez laisser un message après le bip."
EARLY_PAUSE = ("Bonjour.", "Vous êtes bien sur le répondeur de Nadia. Laissez-moi un message après le bip.")
LEAD_S, EARLY_PAUSE_S, BEFORE_BEEP_S, BEEP_S, RECORDS_S = 0.4, 1.2, 0.5, 0.4, 60.0
NOISE_S = 20
MESSAGE_S = 2.0


class Sounds:
    """What each of them says when they answer, as raw A-law."""

    def __init__(self, programs: Programs, folder: Path) -> None:
        self._folder = folder
        self._engine = engine_of(programs.voice)

    def __call__(self, name: str, *phrases: str, beeps: bool = False, noise: int = 0) -> tuple[Path, float]:
        """The file, and after how many seconds they have said all of it. ``noise``: where they are, from 0 to 32767."""
        spoken = [waveform.to_telephone(*self._engine.speak(phrase)) for phrase in phrases if phrase]
        said = silence(LEAD_S)
        for nth, samples in enumerate(spoken):
            said += silence(EARLY_PAUSE_S if nth else 0) + samples
        if beeps:
            said += silence(BEFORE_BEEP_S) + beep()
        whole = said + silence(RECORDS_S)
        if noise:
            whole = with_noise(whole[: NOISE_S * waveform.RATE], noise)
        file = self._folder / f"{name.replace(' ', '-')}.alaw"
        file.write_bytes(alaw.encode(whole))
        return file, len(said) / waveform.RATE


def silence(seconds: float) -> array[int]:
    return array("h", bytes(2 * round(seconds * waveform.RATE)))


def with_noise(samples: array[int], mean: int) -> array[int]:
    chance = random.Random(1)
    deviation = mean * math.sqrt(math.pi / 2)
    return array("h", (max(-32768, min(32767, round(each + chance.gauss(0, deviation)))) for each in samples))


def beep() -> array[int]:
    steps = range(round(BEEP_S * waveform.RATE))
    return array("h", [round(8000 * math.sin(2 * math.pi * 1000 * step / waveform.RATE)) for step in steps])


@pytest.fixture(scope="module")
def sounds(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> Sounds:
    return Sounds(programs, tmp_path_factory.mktemp("voices"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("machines")
    config = calling(folder / "config", programs, {"callback.message": MESSAGE_S}, detect_machines=True)
    async with House(programs, folder / "house", config) as house:
        yield house


@pytest_asyncio.fixture(loop_scope="module")
async def callbacks(house: House) -> AsyncIterator[Callbacks]:
    found = Callbacks(house, Outside(house))
    yield found
    await found.forget()


@pytest_asyncio.fixture(loop_scope="module")
async def heard(house: House) -> AsyncIterator[Witness]:
    async with witness(house) as found:
        yield found


async def answered(callbacks: Callbacks, sound: Path) -> tuple[Json, float]:
    """Somebody is called back who answers with this sound: the callback, and when the talk began (loop time)."""
    house = callbacks.house
    trunk = int(house.environment["DIALER_TRUNK"].rpartition(":")[2])
    await house.sipp(callees(Temper(ANSWER_S), sound=sound), port=trunk)
    await house.phone("adv01")
    asked = await callbacks.ask(callbacks.outside.person())
    await callbacks.put(await callbacks.card("adv01", asked), "dial")
    await callbacks.becomes(asked, "talking")
    return asked, now()


def now() -> float:
    return asyncio.get_running_loop().time()


async def legs(house: House) -> set[str]:
    return {channel["id"] for channel in await house.ari("channels")}


async def ear_is_gone(callbacks: Callbacks, asked: Json) -> None:
    """The ear was there, and is gone: it has come to its end, whatever it heard."""
    ear = f"{asked['id']}-x1-m"

    async def there() -> bool:
        return ear in await legs(callbacks.house)

    async def gone() -> bool:
        return not await there()

    await callbacks.house.until(there, limit_s=3, what="somebody listens")
    await callbacks.house.until(gone, what="nobody listens any more")


@pytest.mark.parametrize("name", [*PEOPLE, *NOISES])
async def test_a_person_stays_in_the_talk_and_hears_nothing_but_the_adviser(
    callbacks: Callbacks, heard: Witness, sounds: Sounds, name: str
) -> None:
    sound, _ = sounds(name, PEOPLE.get(name, PEOPLE["allo"]), noise=NOISES.get(name, 0))
    asked, _ = await answered(callbacks, sound)
    person, adviser = f"{asked['id']}-x1", f"{asked['id']}-a1"
    await callbacks.hears(person)  # at once, while somebody listens beside
    await ear_is_gone(callbacks, asked)
    assert (await callbacks.get(asked))["state_detail"] == "talking"
    assert await legs(callbacks.house) == {person, adviser}
    assert heard.played.get(person) is None
    assert callbacks.house.log.count("Traceback") == 0


@pytest.mark.parametrize("name", MACHINES)
async def test_a_machine_frees_the_adviser_during_its_greeting_and_hears_the_message_after_its_beep(
    callbacks: Callbacks, heard: Witness, sounds: Sounds, name: str
) -> None:
    house = callbacks.house
    sound, says_s = sounds(name, MACHINES[name], beeps=True)
    asked, began = await answered(callbacks, sound)
    person = f"{asked['id']}-x1"
    await callbacks.becomes(asked, "telling")
    told_s = now() - began
    assert 2.5 < told_s < min(7.5, says_s)
    await house.adviser_is("adv01", "free")
    assert person not in heard.played
    await callbacks.hears(person)  # music: it might be a person after all

    async def so() -> bool:
        return person in heard.played

    await house.until(so, what="the message is said")
    said_s = now() - began
    assert says_s < said_s < says_s + 4.0  # it records by now, and has recorded nothing but music so far
    resting = await callbacks.becomes(asked, "resting")
    (attempt,) = resting["attempts"]
    assert (attempt["cause"], attempt["outcome"]) == ("machine", "MESSAGE_LAISSE")
    assert heard.played[person] == ["callback.message"]
    await house.until(house.is_quiet, what="every leg is gone, and every ear")
    print(f"\n{name}: greeting and beep {says_s:.2f} s, adviser free after {told_s:.2f} s, message at {said_s:.2f} s")


async def test_a_machine_that_pauses_early_is_left_to_the_advisers_key(
    callbacks: Callbacks, heard: Witness, sounds: Sounds
) -> None:
    """The price of never taking who says hello and waits for a machine."""
    sound, _ = sounds("pauses", *EARLY_PAUSE, beeps=True)
    asked, _ = await answered(callbacks, sound)
    await ear_is_gone(callbacks, asked)
    assert (await callbacks.get(asked))["state_detail"] == "talking"
    assert f"{asked['id']}-x1" not in heard.played


async def test_a_machine_that_has_the_message_already_is_hung_up_at_once(
    callbacks: Callbacks, heard: Witness, sounds: Sounds
) -> None:
    sound, _ = sounds("again", SHORT, beeps=True)
    asked, _ = await answered(callbacks, sound)
    await callbacks.becomes(asked, "resting", limit_s=20)
    await callbacks.do("POST", f"/callbacks/{asked['id']}/reschedule", {"wish": {"kind": "asap"}})
    await callbacks.put(await callbacks.card("adv01", asked), "dial")
    await callbacks.becomes(asked, "talking")
    resting = await callbacks.becomes(asked, "resting")
    assert [attempt["outcome"] for attempt in resting["attempts"]] == ["MESSAGE_LAISSE", "REPONDEUR"]
    assert f"{asked['id']}-x2" not in heard.played
    await callbacks.house.until(callbacks.house.is_quiet, what="every leg is gone, and every ear")


async def test_a_controller_that_is_killed_while_somebody_listens_keeps_the_talk_and_leaves_no_ear(
    callbacks: Callbacks, sounds: Sounds
) -> None:
    house = callbacks.house
    sound, _ = sounds("killed", MACHINES["their own"], beeps=True)
    asked, _ = await answered(callbacks, sound)
    person, adviser = f"{asked['id']}-x1", f"{asked['id']}-a1"
    assert f"{person}-m" in await legs(house)
    await house.kill()

    async def waits_for_us() -> bool:
        """The machine is detected, and nobody is there to be told."""
        channels = {channel["id"]: channel["dialplan"]["app_name"] for channel in await house.ari("channels")}
        return channels.get(f"{person}-m") in (None, "WaitForSilence")

    await house.until(waits_for_us, what="the detection went nowhere")
    await house.start()
    await callbacks.becomes(asked, "talking")

    async def no_ear() -> bool:
        return await legs(house) == {person, adviser}

    await house.until(no_ear, limit_s=25, what="the talk is there, and no ear")
    await callbacks.hears(person)

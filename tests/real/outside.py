"""The telephones outside, behind the trunk: people with tempers, and the witness of every INVITE that reached them.

What was dialled is counted here, from SIPp's own trace of messages, never from what the service says of itself.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar

from ops.robots.scenarios import Temper, callees
from tests.real.house import House

RANGES = ("26191", "35301", "46571", "53649", "19900")
"""Kept for fiction, as after +33. The next figure is a temper, the last three are a person."""
EACH = 1000
ANSWER_S = 0.3
TALK_S = 0.8

TEMPERS: Mapping[str, Temper] = MappingProxyType(
    {
        "answers": Temper(ANSWER_S),
        "talks": Temper(ANSWER_S, talks_s=TALK_S),
        "hangs_up": Temper(ANSWER_S, talks_s=0.05),
        "slow": Temper(1.5),
        "absent": Temper(None),
        "busy": Temper(0.2, refuses="486 Busy Here"),
        "declines": Temper(0.2, refuses="603 Decline"),
        "switched_off": Temper(0.2, refuses="480 Temporarily Unavailable"),
        "no_such_number": Temper(0, refuses="404 Not Found"),
    }
)
"""What people do when their phone rings; whose number is of none of them answers."""

_MESSAGE = re.compile(r"^-{20,} (\S+)\n\w+ message (received|sent) \[\d+\] bytes:\n\n", re.MULTILINE)
_INVITE = re.compile(r"INVITE sip:([^@]+)@")
_CALL_ID = re.compile(r"^Call-ID: *(\S+)", re.MULTILINE)
_TO_TAG = re.compile(r"^To:.*;tag=", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Message:
    """One SIP message as the trunk saw it. ``at``: UTC, by the machine's clock; ``sent``: by the person's side."""

    at: datetime
    sent: bool
    text: str

    @property
    def word(self) -> str:
        """``INVITE``, ``CANCEL``, … or, of an answer, its status: ``200``."""
        first, _, rest = self.text.partition(" ")
        return rest[:3] if first == "SIP/2.0" else first

    @property
    def call_id(self) -> str:
        found = _CALL_ID.search(self.text)
        assert found is not None, self.text
        return found[1]


@dataclass(frozen=True, slots=True)
class Invite:
    """One try to reach somebody: retransmissions are the same one, and what comes within the dialog is none."""

    at: datetime
    number: str
    call_id: str
    text: str


@dataclass(slots=True)
class Outside:
    """Opened for one house; SIPp ends with the others of that house."""

    house: House
    traces: list[Path] = field(default_factory=list)
    _people: ClassVar[Iterator[int]] = itertools.count()

    async def open(self, mute: bool = False) -> None:
        """Everybody outside can be reached. ``mute``: by more than six at a time, whom nobody hears."""
        trace = self.house.folder / "sipp" / f"outside-{len(self.traces)}-{self.house.ports.free()}.log"
        by_number = {
            f"[+]33({'|'.join(RANGES)}){digit}[0-9][0-9][0-9]": temper
            for digit, temper in enumerate(TEMPERS.values(), start=1)
        }
        await self.house.sipp(
            callees(Temper(ANSWER_S), by_number, sound=None if mute else self.house.sound),
            "-trace_msg", "-message_file", str(trace), "-ringbuffer_size", "0",
            port=int(self.house.environment["DIALER_TRUNK"].rpartition(":")[2]),
        )  # fmt: skip
        self.traces.append(trace)

    def person(self, temper: str = "answers") -> str:
        """Somebody new, of this temper: their number as they write it, 0261912001."""
        nth = next(self._people)
        digit = list(TEMPERS).index(temper) + 1
        return f"0{RANGES[nth // EACH]}{digit}{nth % EACH:03}"

    # -- the witness ---------------------------------------------------------------------------

    def messages(self) -> list[Message]:
        found: list[Message] = []
        for trace in self.traces:
            if trace.exists():
                parts = _MESSAGE.split(trace.read_text(errors="replace"))[1:]
                for at, way, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
                    found.append(Message(datetime.fromisoformat(at).astimezone(UTC), way == "sent", text))
        return found

    def invites(self, phone: str | None = None) -> list[Invite]:
        """Every try to reach this person (or anybody), in order."""
        found: dict[str, Invite] = {}
        for message in self.messages():
            start = _INVITE.match(message.text)
            if start and not message.sent and not _TO_TAG.search(message.text.partition("\r\n\r\n")[0]):
                invite = Invite(message.at, start[1], message.call_id, message.text)
                found.setdefault(invite.call_id, invite)
        return [invite for invite in found.values() if phone is None or invite.number == in_full(phone)]

    def heard(self, phone: str) -> list[str]:
        """What the trunk sent to this person, each thing once: ``INVITE``, ``ACK``, ``BYE``."""
        return list(dict.fromkeys(message.word for message in self._to(phone)))

    def first(self, phone: str, word: str) -> Message:
        """The first message of this word that the trunk sent to this person."""
        return next(message for message in self._to(phone) if message.word == word)

    def _to(self, phone: str) -> list[Message]:
        calls = {invite.call_id for invite in self.invites(phone)}
        return [message for message in self.messages() if not message.sent and message.call_id in calls]


def in_full(phone: str) -> str:
    """0261912001 as +33261912001; a number that has its country already stays."""
    return phone if phone.startswith("+") else f"+33{phone[1:]}"

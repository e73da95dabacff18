"""`extensions.conf`: who reaches the controller, what is said when it is away, and what a phone may dial.

Decides what Asterisk does by itself; everything else is the controller's, through Stasis. A caller's input reaches
the dialplan only as the extension that was matched and is never written into an expression.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from ops.asterisk.settings import Line, Phone, Settings

SAFE_EXIT = "safe-exit"
WISH_REFUSED = "wish-refused"  # context where the controller sends a phone whose wish it did not do
APP = "dialer"  # the controller's name in ARI
EAR = "ear"  # context of the legs that listen to another leg, whose id is the extension
ECHO = "*43"
WISHES = {"ready": "*1", "paused": "*0"}
RING_S = 25  # one adviser calls another

# Whether a machine answered, in ms. An adviser is there to press the key for a machine that is missed, and nobody for a
# person who is cut off: so nothing counts but somebody who talks on and on (LONGGREETING). AMD's own defaults (those of
# its amd.conf.sample) took "Oui allô, j'écoute" for a machine, who listens in silence, and who answers in the street.
AMD = {
    "initial_silence": 8000,  # never, being more than `total_analysis_time`: the adviser speaks, and they listen
    "greeting": 2500,  # of voice in all. "Oui allô bonjour, Martine Dupont à l'appareil, j'écoute" has 2060; a box 4000
    "after_greeting_silence": 800,  # AMD's own: who pauses for so long is a person, who waits to be spoken to
    "total_analysis_time": 7000,  # boxes had their 2500 ms of voice within 5640
    "min_word_length": 40,  # AMD counts a packet that comes late as silence twice as long as the least of these values,
    "between_words_silence": 100,  # so that one of them (80) ends no word
    "maximum_number_of_words": 99,  # never: each `t` and each `p` ends a word
    "silence_threshold": 512,  # -36 dB: AMD's own 256 takes the noise of a street for voice
    "maximum_word_length": 1500,  # without a gap: noise or music, which has another cause. Speech had 800 at most
}
QUIET_MS = 2000  # the pause before the beep is shorter; what follows the beep is the recording
GREETING_MAX_S = 20  # boxes were done in 12 s with their beep; a longer one hears the message all the same
EAR_MAX_S = 60

Extension = tuple[str, list[str]]


def render(settings: Settings) -> str:
    """The whole file."""
    contexts: dict[str, list[Extension]] = {
        "from-trunk": [
            *_numbers(settings.lines),
            *_said_in_early_media(settings.prompts.not_in_service, 1),  # cause 1, unallocated: SIP 404
        ],
        "lines": [_line(line, settings.call_max_s) for line in settings.lines],
        EAR: [_ear()],
        SAFE_EXIT: [*(_apology(line) for line in settings.lines), _apology_of_no_line(settings)],
        WISH_REFUSED: [("ready", [f"Playback({settings.prompts.wish_refused})", "Hangup()"])],
        "from-phones": [
            *_wishes(settings),
            (ECHO, ["Answer()", "Echo()", "Hangup()"]),
            *_colleagues(settings.phones),
            *_said_in_early_media(settings.prompts.not_permitted, 21),  # cause 21, rejected: SIP 403
        ],
    }
    return "[general]\nstatic=yes\nwriteprotect=yes\n" + "".join(
        f"\n[{name}]\n" + "".join(_written(extension) for extension in extensions)
        for name, extensions in contexts.items()
    )


def dialled_forms(number: str) -> tuple[str, str, str]:
    """National number → the forms in which a provider may present it: 0800122500, +33800122500, 33800122500."""
    return number, f"+33{number[1:]}", f"33{number[1:]}"


def _written(extension: Extension) -> str:
    name, steps = extension
    first, *rest = steps
    return f"exten => {name},1,{first}\n" + "".join(
        f" same => {step if step.startswith('n(') else f'n,{step}'}\n" for step in rest
    )


def _numbers(lines: tuple[Line, ...]) -> Iterator[Extension]:
    for line in lines:
        for form in dialled_forms(line.number):
            yield form, [f"Goto(lines,{line.id},1)"]


def _line(line: Line, call_max_s: int) -> Extension:
    """To the controller; without it the apology, then the end. Never silence."""
    return line.id, [
        f"Set(TIMEOUT(absolute)={call_max_s})",
        f"Stasis({APP},arrived,{line.id},${{CALLERID(num-pres)}})",
        f'GotoIf($["${{STASISSTATUS}}"="FAILED"]?{SAFE_EXIT},{line.id},1)',
        "Hangup()",
    ]


def _ear() -> Extension:
    """Tells the controller of a machine, then of the end of its greeting, each at once; of a person nothing.

    In between it waits in Stasis() to be told to go on. It ends with the leg that it listens to.
    """
    return "_[a-z].", [
        f"Set(TIMEOUT(absolute)={EAR_MAX_S})",
        f"AMD({','.join(map(str, AMD.values()))})",
        'GotoIf($["${AMDCAUSE:0:12}"!="LONGGREETING"]?over)',
        f"Stasis({APP},machine,${{EXTEN}})",
        f"WaitForSilence({QUIET_MS},1,{GREETING_MAX_S})",
        f"Stasis({APP},quiet,${{EXTEN}})",
        "n(over),Hangup()",
    ]


def _apology(line: Line) -> Extension:
    """Where a caller goes whom the controller cannot serve: it is away, or a defect of its own hit the call."""
    return line.id, ["Answer()", f"Playback({line.apology})", "Hangup()"]


def _apology_of_no_line(settings: Settings) -> Extension:
    """For a call whose line was taken out of the configuration while it was up."""
    return "_[a-z].", ["Answer()", f"Playback({settings.prompts.wish_unavailable})", "Hangup()"]


def _said_in_early_media(prompt: Path, cause: int) -> Iterator[Extension]:
    """Whatever no other pattern matches. Single letters stay out: `h`, `i`, `s`, `t` are Asterisk's own."""
    for pattern in ("_[+*#0-9a-zA-Z].", "_[+*#0-9]"):
        yield pattern, ["Progress()", f"Playback({prompt},noanswer)", f"Hangup({cause})"]


def _wishes(settings: Settings) -> Iterator[Extension]:
    """The controller takes the wish; where it did it the channel continues here, to the confirmation."""
    confirmations = {"ready": settings.prompts.wish_ready, "paused": settings.prompts.wish_paused}
    for wish, code in WISHES.items():
        yield (
            code,
            [
                "Set(TIMEOUT(absolute)=60)",
                f"Stasis({APP},wish,{wish},${{CHANNEL(endpoint)}})",
                'GotoIf($["${STASISSTATUS}"="FAILED"]?unavailable)',
                f"Playback({confirmations[wish]})",
                "Hangup()",
                f"n(unavailable),Playback({settings.prompts.wish_unavailable})",
                "Hangup()",
            ],
        )


def _colleagues(phones: tuple[Phone, ...]) -> Iterator[Extension]:
    """Another adviser by id (`adv02`), or by the digits that end the id (`02`) where they are nobody else's."""
    digits = {phone.id: found[0] for phone in phones if (found := re.search(r"\d+$", phone.id))}
    shared = Counter(digits.values())
    for phone in phones:
        ring = [
            "Set(TIMEOUT(absolute)=3600)",
            f"Dial(PJSIP/{phone.id},{RING_S})",
            'GotoIf($["${DIALSTATUS}"="BUSY"]?busy)',
            "Hangup(19)",  # cause 19, no answer: SIP 480; also for a phone that is not registered
            "n(busy),Hangup(17)",  # SIP 486
        ]
        yield phone.id, ring
        if phone.id in digits and shared[digits[phone.id]] == 1:
            yield digits[phone.id], ring

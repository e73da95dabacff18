"""SIPp scenarios as text: a caller with a script, phones with tempers, a registration.

Decides what such a phone sends, when. Must not know why: that is `people` and the tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

PCMA = 8


@dataclass(frozen=True, slots=True)
class Pause:
    seconds: float


@dataclass(frozen=True, slots=True)
class Press:
    """One key, by SIP INFO: it needs no raw socket and so no root."""

    digit: str


@dataclass(frozen=True, slots=True)
class Digit4733:
    """One key as RFC 4733 events from SIPp's own capture; needs root (raw socket)."""

    digit: str
    captures: Path


Act = Pause | Press | Digit4733


def caller(
    acts: Iterable[Act],
    stays_s: float,
    *,
    sound: Path | None = None,
    number: str = "[field0]",
    masked: bool = False,
    offers_4733: bool = False,
    password: str | None = None,
    refused_with: int | None = None,
) -> str:
    """Somebody who dials [service], acts, stays ``stays_s`` seconds more and hangs up, unless hung up on.

    ``sound``: raw A-law to speak, over and over; without it the caller is mute. ``password``: of an adviser's phone,
    whose user is then ``number``. ``refused_with``: the status that must come instead of an answer.
    """
    identity = (
        f'From: "Anonymous" <sip:anonymous@anonymous.invalid>;tag=[pid]c[call_number]\n'
        f"P-Asserted-Identity: <sip:{number}@[local_ip]>\nPrivacy: id"
        if masked
        else f"From: <sip:{number}@[local_ip]:[local_port]>;tag=[pid]c[call_number]"
    )
    sdp = _sdp(offers_4733=offers_4733)
    first = 1 if password is None else 2
    invitation = _invite(number, identity, sdp, 1)
    if password is not None:
        credentials = f"[authentication username={number} password={password}]\n"
        challenge = f'<recv response="100" optional="true"/>\n<recv response="401" auth="true"/>\n{_refused(1)}'
        invitation += f"\n{challenge}\n{_invite(number, identity, sdp, 2, credentials)}"
    progress = "\n".join(f'<recv response="{status}" optional="true"/>' for status in (100, 180, 183))
    if refused_with is not None:
        refusal = f'<recv response="{refused_with}"/>\n{_refused(first)}'
        return _scenario("refused caller", f"{invitation}\n{progress}\n{refusal}")
    steps = "\n".join(_act(act, cseq) for cseq, act in enumerate(acts, start=first + 1))
    return _scenario(
        "caller",
        f"""
{invitation}
{progress}
<recv response="200" rrs="true"/>
{_in_dialog("ACK", first)}
{_speak(sound)}
{steps}
<recv request="BYE" timeout="{_ms(stays_s)}" ontimeout="leave"/>
{_reply("200 OK")}
<nop next="end"/>
<label id="leave"/>
{_in_dialog("BYE", 90, retrans=True)}
<recv response="200"/>
<label id="end"/>
""",
    )


def phone(rings_s: float, talks_s: float | None = None, *, sound: Path | None = None, refuses: str = "") -> str:
    """An adviser's phone: rings, then answers (or refuses with a status line such as ``486 Busy Here``).

    ``talks_s``: hangs up after so long; without it, it waits for the other side.
    """
    return callees(Temper(rings_s, talks_s, refuses), sound=sound)


@dataclass(frozen=True, slots=True)
class Temper:
    """What somebody does whose phone rings.

    ``rings_s``: how long before they answer or refuse; 0: at once, without ringing; None: until the caller gives up.
    ``talks_s``: when they hang up; None: they wait for the other side. ``refuses``: a status line such as
    ``486 Busy Here`` instead of an answer. ``acts``: what they do on the phone once they have answered.
    """

    rings_s: float | None = 0.1
    talks_s: float | None = None
    refuses: str = ""
    acts: tuple[Act, ...] = ()


def callees(
    otherwise: Temper, by_number: Mapping[str, Temper] = MappingProxyType({}), *, sound: Path | None = None
) -> str:
    """Everybody who is called at one address: an adviser with one phone, or all the telephones behind a trunk.

    ``by_number``: a POSIX expression that the called number fits → its temper; ``otherwise`` for any other number.
    """
    tempers = [*by_number.values(), otherwise]
    heard = "\n".join(
        f'    <ereg regexp="INVITE sip:{number}@" search_in="msg" assign_to="is{nth}"/>'
        for nth, number in enumerate(by_number)
    )
    goes = "\n".join(f'<nop next="temper{nth}" test="is{nth}"/>' for nth in range(len(by_number)))
    lives = "\n".join(
        f'<label id="temper{nth}"/>\n{_lives(temper, nth, sound)}\n<nop next="end"/>'
        for nth, temper in reversed(list(enumerate(tempers)))  # the last one is for who went nowhere
    )
    return _scenario(
        "callees",
        f"""
<recv request="INVITE">
  <action>
    <ereg regexp="(.*)" search_in="hdr" header="Via:" assign_to="via"/>
    <ereg regexp="(.*)" search_in="hdr" header="From:" assign_to="from"/>
    <ereg regexp="(.*)" search_in="hdr" header="To:" assign_to="to"/>
    <ereg regexp="(.*)" search_in="hdr" header="CSeq:" assign_to="cseq"/>
    <ereg regexp="sip:[^&gt;]*" search_in="hdr" header="Contact:" assign_to="peer"/>
{heard}
  </action>
</recv>
{goes}
{lives}
<label id="end"/>
<Reference variables="via,from,to,cseq,peer"/>
""",
    )


def _lives(temper: Temper, nth: int, sound: Path | None) -> str:
    """From the INVITE to the end, by this temper."""
    if temper.rings_s == 0:
        return _picks_up(temper, nth, sound)
    waits = "14400000" if temper.rings_s is None else f'{_ms(temper.rings_s)}" ontimeout="answer{nth}'
    return f"""
<send>
<![CDATA[
SIP/2.0 180 Ringing
[last_Via:]
[last_From:]
[last_To:];tag=[pid]p[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:phone@[local_ip]:[local_port];transport=[transport]>
Content-Length: 0

]]>
</send>
<recv request="CANCEL" timeout="{waits}"/>
{_reply("200 OK")}
{_says("487 Request Terminated")}
<recv request="ACK"/>
<nop next="end"/>
<label id="answer{nth}"/>
{_picks_up(temper, nth, sound)}"""


def _picks_up(temper: Temper, nth: int, sound: Path | None) -> str:
    if temper.refuses:
        return f'{_says(temper.refuses)}\n<recv request="ACK"/>'
    acts = "\n".join(_callees_act(act, cseq) for cseq, act in enumerate(temper.acts, start=50))
    return f"""
{_says("200 OK", session=_sdp(speaks=sound is not None))}
<recv request="ACK" crlf="true"/>
{_speak(sound)}
{acts}
{_hang_up_first(temper.talks_s, nth) if temper.talks_s is not None else '<recv request="BYE" timeout="14400000"/>'}
{_reply("200 OK")}"""


def registration(expires_s: int) -> str:
    """Registers [field0] with the password [field1] at the contact [field2] (host:port)."""

    def register(cseq: int, credentials: str) -> str:
        return f"""
<send retrans="500">
<![CDATA[
REGISTER sip:[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:[field0]@[remote_ip]>;tag=[pid]r[call_number]
To: <sip:[field0]@[remote_ip]>
Call-ID: [call_id]
CSeq: {cseq} REGISTER
Contact: <sip:[field0]@[field2]>
Max-Forwards: 70
Expires: {expires_s}
{credentials}Content-Length: 0

]]>
</send>"""

    return _scenario(
        "registration",
        f"""
{register(1, "")}
<recv response="401" auth="true"/>
{register(2, "[authentication username=[field0] password=[field1]]" + chr(10))}
<recv response="200"/>
""",
    )


def _scenario(name: str, body: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="{name}">\n{body.strip()}\n</scenario>\n'


def _ms(seconds: float) -> int:
    return max(1, round(seconds * 1000))


def _act(act: Act, cseq: int) -> str:
    match act:
        case Pause(seconds):
            return f'<pause milliseconds="{_ms(seconds)}"/>'
        case Press(digit):
            return _in_dialog("INFO", cseq, content=_key(digit), retrans=True) + '\n<recv response="200"/>'
        case Digit4733(digit, captures):
            name = {"*": "star", "#": "pound"}.get(digit, digit)
            capture = captures / f"dtmf_2833_{name}.pcap"
            return f'<nop><action><exec play_pcap_audio="{capture}"/></action></nop>\n<pause milliseconds="300"/>'


def _key(digit: str) -> str:
    return f"Content-Type: application/dtmf-relay\n\nSignal={digit}\nDuration=160"


def _invite(number: str, identity: str, sdp: str, cseq: int, credentials: str = "") -> str:
    return f"""<send retrans="500">
<![CDATA[
INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
{identity}
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: {cseq} INVITE
Contact: <sip:{number}@[local_ip]:[local_port];transport=[transport]>
Max-Forwards: 70
{credentials}Content-Type: application/sdp
Content-Length: [len]

{sdp}
]]>
</send>"""


def _refused(cseq: int) -> str:
    """The ACK of a refusal belongs to the transaction that was refused, so it keeps its Via."""
    return f"""<send>
<![CDATA[
ACK sip:[service]@[remote_ip]:[remote_port] SIP/2.0
[last_Via:]
[last_From:]
[last_To:]
Call-ID: [call_id]
CSeq: {cseq} ACK
Max-Forwards: 70
Content-Length: 0

]]>
</send>"""


def _in_dialog(method: str, cseq: int, *, content: str = "", retrans: bool = False) -> str:
    """A request of the caller within its dialog."""
    body = content or "\n"
    return f"""<send{' retrans="500"' if retrans else ""}>
<![CDATA[
{method} [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
[routes]
[last_From:]
[last_To:]
Call-ID: [call_id]
CSeq: {cseq} {method}
Max-Forwards: 70
Content-Length: [len]
{body}
]]>
</send>"""


def _hang_up_first(talks_s: float, nth: int) -> str:
    return f"""<recv request="BYE" timeout="{_ms(talks_s)}" ontimeout="leave{nth}"/>
{_reply("200 OK")}
<nop next="end"/>
<label id="leave{nth}"/>
{_from_callee("BYE", 70)}
<recv response="200"/>
<nop next="end"/>"""


def _callees_act(act: Act, cseq: int) -> str:
    if not isinstance(act, Press):
        return _act(act, cseq)
    return f'{_from_callee("INFO", cseq, _key(act.digit))}\n<recv response="200"/>'


def _from_callee(method: str, cseq: int, content: str = "") -> str:
    """A request of whoever was called: From and To are swapped, and the caller's contact is addressed."""
    return f"""<send retrans="500">
<![CDATA[
{method} [$peer] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: [$to];tag=[pid]p[call_number]
To: [$from]
Call-ID: [call_id]
CSeq: {cseq} {method}
Max-Forwards: 70
Content-Length: [len]
{content or chr(10)}
]]>
</send>"""


def _says(status: str, session: str = "") -> str:
    """The last word on the INVITE, whenever it is said; with a session, the answer."""
    contact = "Contact: <sip:phone@[local_ip]:[local_port];transport=[transport]>\nContent-Type: application/sdp\n"
    return f"""<send retrans="500">
<![CDATA[
SIP/2.0 {status}
Via: [$via]
From: [$from]
To: [$to];tag=[pid]p[call_number]
Call-ID: [call_id]
CSeq: [$cseq]
{contact if session else ""}Content-Length: [len]

{session}
]]>
</send>"""


def _reply(status: str) -> str:
    return f"""<send>
<![CDATA[
SIP/2.0 {status}
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]>
</send>"""


def _sdp(*, offers_4733: bool = False, speaks: bool = True) -> str:
    """``speaks``: with two media ports of the process's own for this call; the mute share one, so any number may be."""
    port = "rtpstream_audio_port" if speaks else "media_port"
    more = "\na=rtpmap:101 telephone-event/8000\na=fmtp:101 0-15" if offers_4733 else ""
    formats = f"{PCMA} 101" if offers_4733 else str(PCMA)
    return f"""v=0
o=sipp 53655765 2353687637 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [{port}] RTP/AVP {formats}
a=rtpmap:{PCMA} PCMA/8000{more}
a=ptime:20
a=sendrecv"""


def _speak(sound: Path | None) -> str:
    if sound is None:
        return ""
    return f'<nop><action><exec rtp_stream="{sound},-1,{PCMA},PCMA/8000"/></action></nop>'

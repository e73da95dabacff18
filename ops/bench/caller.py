"""The caller of the bench as a SIPp scenario, and the phone that answers.

Decides what counts as a failure: whoever is not answered, or not hung up on by an adviser within their patience.
"""

from __future__ import annotations

from pathlib import Path

from ops.robots.scenarios import phone

LISTENS_S = 0.3
"""Before the key is pressed, so that the prompt is heard when it comes."""
TALKS_S = 2.0
RINGS_S = 0.001
"""The phones answer at once."""
SHOWN = "0199001234"

_SDP = """v=0
o=sipp 53655765 2353687637 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 8 101
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=ptime:20
a=sendrecv"""


def caller(patience_s: float, dtmf: Path) -> str:
    """Dials [service], presses 1 by RFC 4733 and waits to be hung up on; a failure after ``patience_s``.

    dtmf: SIPp's folder of captured digits. Its replay needs a raw socket. The port of the SDP is [media_port], from
    which the replay is sent: by another one Asterisk would take the digit for a stranger's.
    """
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<scenario name="caller">
<send retrans="500">
<![CDATA[
INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:{SHOWN}@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:{SHOWN}@[local_ip]:[local_port];transport=[transport]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

{_SDP}
]]>
</send>
<recv response="100" optional="true"/>
<recv response="180" optional="true"/>
<recv response="183" optional="true"/>
<recv response="200" rrs="true" timeout="{round(1000 * patience_s)}"/>
<send>
<![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
[routes]
[last_From:]
[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]>
</send>
<pause milliseconds="{round(1000 * LISTENS_S)}"/>
<nop><action><exec play_pcap_audio="{dtmf / "dtmf_2833_1.pcap"}"/></action></nop>
<recv request="BYE" timeout="{round(1000 * patience_s)}"/>
<send>
<![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]>
</send>
</scenario>
"""


def adviser_phone() -> str:
    """Answers at once, talks, hangs up. All calls of the process share its one media port."""
    return phone(RINGS_S, TALKS_S).replace("[rtpstream_audio_port]", "[media_port]")

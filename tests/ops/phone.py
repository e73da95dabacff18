"""A SIP phone for tests: UDP, A-law, digest, digits by RFC 4733 (plain UDP, so no root) and by INFO.

It is what a caller or an adviser's phone does on the wire, and nothing is taken from the code under test.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import re
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

HOST = "127.0.0.1"
LIMIT_S = 8.0
_numbers = itertools.count(1)


@dataclass
class Message:
    """One SIP message; header names in lower case, the first of several wins but `via` keeps all."""

    start: str
    headers: dict[str, str]
    vias: list[str]
    body: str

    @property
    def status(self) -> int:
        return int(self.start.split()[1]) if self.start.startswith("SIP/") else 0

    @property
    def method(self) -> str:
        return self.headers["cseq"].split()[1] if self.status else self.start.split()[0]

    @property
    def uri(self) -> str:
        return self.start.split()[1]


def parse(data: bytes) -> Message:
    head, _, body = data.decode().partition("\r\n\r\n")
    start, *lines = head.split("\r\n")
    headers: dict[str, str] = {}
    vias = []
    for line in lines:
        name, _, value = line.partition(":")
        name = name.strip().lower()
        if name == "via":
            vias.append(value.strip())
        headers.setdefault(name, value.strip())
    return Message(start, headers, vias, body)


@dataclass
class Dialog:
    """One call as this phone sees it."""

    phone: Phone
    call_id: str
    local: str  # our From/To value with tag
    remote: str
    target: str
    messages: list[Message] = field(default_factory=list)  # all that came in, in order
    invite: Message | None = None  # the INVITE that we received
    sent: str = ""  # the INVITE that we sent
    cseq: int = 1
    media: tuple[str, int] | None = None

    async def until(self, what: str | int, limit_s: float = LIMIT_S) -> Message:
        """Wait for a request's method or a response's status to the INVITE."""

        def found() -> Message | None:
            for message in self.messages:
                if message.status == what or (isinstance(what, str) and not message.status and message.method == what):
                    return message
            return None

        async with asyncio.timeout(limit_s):
            async with self.phone.arrived:
                await self.phone.arrived.wait_for(lambda: found() is not None)
        message = found()
        assert message is not None
        return message

    async def final(self, limit_s: float = LIMIT_S) -> Message:
        """The final response to our INVITE."""

        def found() -> Message | None:
            return next((m for m in self.messages if m.status >= 200 and m.method == "INVITE"), None)

        async with asyncio.timeout(limit_s):
            async with self.phone.arrived:
                await self.phone.arrived.wait_for(lambda: found() is not None)
        message = found()
        assert message is not None
        return message

    def request(self, method: str, extra: str = "", body: str = "", *, cseq: int | None = None, via: str = "") -> None:
        if cseq is None:
            self.cseq += 1
            cseq = self.cseq
        self.phone.send(
            f"{method} {self.target} SIP/2.0\r\n"
            f"Via: {via or self.phone.via()}\r\n"
            f"From: {self.local}\r\nTo: {self.remote}\r\nCall-ID: {self.call_id}\r\nCSeq: {cseq} {method}\r\n"
            f"Contact: {self.phone.contact}\r\nMax-Forwards: 70\r\n{extra}"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )

    def press_by_info(self, digit: str) -> None:
        self.request("INFO", "Content-Type: application/dtmf-relay\r\n", f"Signal={digit}\r\nDuration=160\r\n")

    async def press_by_rfc4733(self, digit: str) -> None:
        """One event of 160 ms, its end sent three times as the RFC asks."""
        assert self.media is not None
        code = "0123456789*#".index(digit)
        for step in range(11):
            last = step >= 8
            payload = struct.pack("!BBH", code, 0x8A if last else 0x0A, 160 * (min(step, 7) + 1))
            self.phone.rtp(self.media, 101, payload, stamp_step=0, marker=step == 0)
            await asyncio.sleep(0.02)

    async def speak(self, seconds: float) -> None:
        assert self.media is not None
        for _ in range(int(seconds * 50)):
            self.phone.rtp(self.media, 8, b"\xd5" * 160, stamp_step=160)
            await asyncio.sleep(0.02)

    def answer(self, status: int, reason: str, *, body: bool | None = None, extra: str = "") -> None:
        """Respond to the INVITE that came in."""
        assert self.invite is not None
        sdp = self.phone.sdp() if (body if body is not None else status == 200) else ""
        self.phone.respond(self.invite, status, reason, self.local, sdp, extra)

    def bye(self) -> None:
        self.request("BYE")

    def cancel(self) -> None:
        via = re.search(r"Via: (.*)\r\n", self.sent)
        assert via
        saved, self.remote = self.remote, self.remote.split(";tag")[0]
        target, self.target = self.target, self.sent.split()[1]
        self.request("CANCEL", cseq=self.cseq, via=via[1])
        self.remote, self.target = saved, target


class Phone(asyncio.DatagramProtocol):
    """A phone at 127.0.0.1:`port`, its media on `port`+1."""

    def __init__(self, user: str, password: str, port: int, server: tuple[str, int]) -> None:
        self.user, self.password, self.port, self.server = user, password, port, server
        self.arrived = asyncio.Condition()
        self.dialogs: dict[str, Dialog] = {}
        self.incoming: list[Dialog] = []
        self.replies: list[Message] = []
        self.heard = bytearray()  # A-law octets received
        self.auto_ok = True
        self._sequence, self._stamp, self._ssrc = 1, 1000, next(_numbers) * 7919
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def contact(self) -> str:
        return f"<sip:{self.user}@{HOST}:{self.port}>"

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self.transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(HOST, self.port))
        self._media = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._media.setblocking(False)
        self._media.bind((HOST, self.port + 1))
        loop.add_reader(self._media, self._hear)
        return self

    async def __aexit__(self, *_: object) -> None:
        asyncio.get_running_loop().remove_reader(self._media)
        self._media.close()
        self.transport.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)

    def _hear(self) -> None:
        data = self._media.recv(2048)
        if data[1] & 0x7F == 8:
            self.heard += data[12:]

    def rtp(self, to: tuple[str, int], kind: int, payload: bytes, *, stamp_step: int, marker: bool = False) -> None:
        self._sequence += 1
        self._stamp += stamp_step
        head = struct.pack("!BBHII", 0x80, kind | (0x80 if marker else 0), self._sequence, self._stamp, self._ssrc)
        self._media.sendto(head + payload, to)

    def via(self) -> str:
        return f"SIP/2.0/UDP {HOST}:{self.port};branch=z9hG4bK-{self.port}-{next(_numbers)};rport"

    def sdp(self) -> str:
        return (
            f"v=0\r\no=- 1 1 IN IP4 {HOST}\r\ns=-\r\nc=IN IP4 {HOST}\r\nt=0 0\r\n"
            f"m=audio {self.port + 1} RTP/AVP 8 101\r\n"
            "a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=sendrecv\r\n"
        )

    def send(self, text: str) -> None:
        self.transport.sendto(text.encode(), self.server)

    def datagram_received(self, data: bytes, addr: tuple[str | int, int]) -> None:
        if not data.strip():
            return
        message = parse(data)
        task = asyncio.ensure_future(self._take(message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _take(self, message: Message) -> None:
        call_id = message.headers["call-id"]
        dialog = self.dialogs.get(call_id)
        if not message.status:
            if message.method == "INVITE" and dialog is None:
                local = f"{message.headers['to']};tag=p{next(_numbers)}"
                dialog = Dialog(self, call_id, local, message.headers["from"], "", invite=message)
                self.dialogs[call_id] = dialog
                self.incoming.append(dialog)
                dialog.target = message.headers["contact"].strip("<>").split(">")[0]
                dialog.media = _media(message.body)
            elif message.method in ("BYE", "CANCEL", "OPTIONS", "INFO", "UPDATE", "NOTIFY"):
                self.respond(message, 200, "OK", message.headers["to"])
                if message.method == "CANCEL" and dialog is not None:
                    dialog.answer(487, "Request Terminated")
        elif dialog is not None and message.method == "INVITE":
            if message.headers.get("to"):
                dialog.remote = message.headers["to"]
            if "contact" in message.headers:
                dialog.target = message.headers["contact"].strip("<>").split(">")[0]
            if "m=audio" in message.body:
                dialog.media = _media(message.body)
            if message.status >= 200:
                self._acknowledge(dialog, message)
        async with self.arrived:
            if dialog is not None:
                dialog.messages.append(message)
            elif message.status:
                self.replies.append(message)
            self.arrived.notify_all()

    def _acknowledge(self, dialog: Dialog, message: Message) -> None:
        cseq = int(message.headers["cseq"].split()[0])
        if message.status == 200:
            dialog.request("ACK", cseq=cseq)
        else:
            target, dialog.target = dialog.target, dialog.sent.split()[1]
            dialog.request("ACK", cseq=cseq, via=message.vias[0].split(";received")[0])
            dialog.target = target

    def respond(self, request: Message, status: int, reason: str, to: str, sdp: str = "", extra: str = "") -> None:
        vias = "".join(f"Via: {via}\r\n" for via in request.vias)
        kind = "Content-Type: application/sdp\r\n" if sdp else ""
        record = f"Record-Route: {request.headers['record-route']}\r\n" if "record-route" in request.headers else ""
        self.send(
            f"SIP/2.0 {status} {reason}\r\n{vias}{record}From: {request.headers['from']}\r\nTo: {to}\r\n"
            f"Call-ID: {request.headers['call-id']}\r\nCSeq: {request.headers['cseq']}\r\nContact: {self.contact}\r\n"
            f"{extra}{kind}Content-Length: {len(sdp)}\r\n\r\n{sdp}"
        )

    def _authorization(self, challenge: Message, method: str, uri: str) -> str:
        fields = dict(re.findall(r'(\w+)="?([^",]+)"?', challenge.headers["www-authenticate"]))
        realm, nonce = fields["realm"], fields["nonce"]

        def md5(text: str) -> str:
            return hashlib.md5(text.encode()).hexdigest()

        ha1, ha2 = md5(f"{self.user}:{realm}:{self.password}"), md5(f"{method}:{uri}")
        response = md5(f"{ha1}:{nonce}:00000001:c0ffee:auth:{ha2}")
        opaque = f', opaque="{fields["opaque"]}"' if "opaque" in fields else ""
        return (
            f'Authorization: Digest username="{self.user}", realm="{realm}", nonce="{nonce}", uri="{uri}", '
            f'response="{response}", algorithm=MD5, qop=auth, nc=00000001, cnonce="c0ffee"{opaque}\r\n'
        )

    async def register(self, expires_s: int = 300) -> int:
        """REGISTER (0 unregisters); the final status."""
        uri, call_id, authorization = f"sip:{self.server[0]}:{self.server[1]}", f"r{self.port}-{next(_numbers)}", ""
        for cseq in (1, 2):
            self.send(
                f"REGISTER {uri} SIP/2.0\r\nVia: {self.via()}\r\nFrom: <sip:{self.user}@{HOST}>;tag=r{cseq}\r\n"
                f"To: <sip:{self.user}@{HOST}>\r\nCall-ID: {call_id}\r\nCSeq: {cseq} REGISTER\r\n"
                f"Contact: {self.contact}\r\n"
                f"Expires: {expires_s}\r\nMax-Forwards: 70\r\n{authorization}Content-Length: 0\r\n\r\n"
            )
            wanted = f"{cseq} REGISTER"

            def found(wanted: str = wanted) -> Message | None:
                return next(
                    (m for m in self.replies if m.headers["call-id"] == call_id and m.headers["cseq"] == wanted), None
                )

            async with asyncio.timeout(LIMIT_S):
                async with self.arrived:
                    await self.arrived.wait_for(lambda: found() is not None)
            reply = found()
            assert reply is not None
            if reply.status != 401:
                return reply.status
            authorization = self._authorization(reply, "REGISTER", uri)
        return 401

    async def call(
        self, number: str, headers: Mapping[str, str] | None = None, *, display: str | None = None
    ) -> Dialog:
        """INVITE a number; the digest challenge is answered, everything else is left to the test."""
        uri, call_id = f"sip:{number}@{self.server[0]}:{self.server[1]}", f"c{self.port}-{next(_numbers)}"
        who = display or f"<sip:{self.user}@{HOST}>"
        dialog = Dialog(self, call_id, f"{who};tag=c{next(_numbers)}", f"<{uri}>", uri)
        self.dialogs[call_id] = dialog
        extra = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
        self._invite(dialog, uri, extra)
        if self.password:
            challenge = await dialog.final()
            if challenge.status == 401:
                dialog.messages.clear()
                dialog.cseq += 1
                dialog.remote = f"<{uri}>"
                self._invite(dialog, uri, extra + self._authorization(challenge, "INVITE", uri))
        return dialog

    def _invite(self, dialog: Dialog, uri: str, extra: str) -> None:
        sdp = self.sdp()
        dialog.target = uri
        dialog.sent = (
            f"INVITE {uri} SIP/2.0\r\nVia: {self.via()}\r\nFrom: {dialog.local}\r\nTo: <{uri}>\r\n"
            f"Call-ID: {dialog.call_id}\r\nCSeq: {dialog.cseq} INVITE\r\nContact: {self.contact}\r\n"
            f"Max-Forwards: 70\r\n{extra}Content-Type: application/sdp\r\nContent-Length: {len(sdp)}\r\n\r\n{sdp}"
        )
        self.send(dialog.sent)

    async def rings(self, count: int = 1, limit_s: float = LIMIT_S) -> Dialog:
        """The count-th call that came in to this phone."""
        async with asyncio.timeout(limit_s):
            async with self.arrived:
                await self.arrived.wait_for(lambda: len(self.incoming) >= count)
        return self.incoming[count - 1]


def _media(sdp: str) -> tuple[str, int] | None:
    host, port = re.search(r"c=IN IP4 (\S+)", sdp), re.search(r"m=audio (\d+)", sdp)
    return (host[1], int(port[1])) if host and port else None

"""A relay for e-mail on a socket of this machine, which may refuse, hang, hang up or show a certificate of nobody."""

from __future__ import annotations

import asyncio
import base64
import ssl
import subprocess
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

HANG, HANG_UP = "hang", "hang up"
"""What a relay may do instead of answering."""


@dataclass(frozen=True)
class Certificate:
    """Its own authority. chain, key: files."""

    chain: Path
    key: Path

    def shown(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.chain, self.key)
        return context


def certificate(folder: Path, name: str) -> Certificate:
    """For the host ``name``, an address of this machine or a name."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Certificate(folder / "chain.pem", folder / "key.pem")
    kind = "IP" if name[0].isdigit() else "DNS"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", f"/CN={name}", "-addext", f"subjectAltName={kind}:{name}", "-keyout", str(made.key),
            "-out", str(made.chain),
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    return made


@dataclass
class Peer:
    """``answer``: by verb (`EHLO`, `MAIL`, `RCPT`, `DATA`, `.` for the end of a mail …) and what follows it; None: the
    usual. taken: whom each mail was for, and the mail. heard: all that was said, in clear or not."""

    answer: Callable[[str, str], str | None] = lambda _verb, _rest: None
    starttls: ssl.SSLContext | None = None
    tls: ssl.SSLContext | None = None
    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    port: int = 0
    said: str = ""
    """What it answered last."""
    _server: asyncio.Server | None = None
    _talks: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            for talk in self._talks:
                talk.cancel()
            await asyncio.gather(*self._talks, return_exceptions=True)
            await self._server.wait_closed()
            self._server = None

    def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.get_running_loop().create_task(self._whole(reader, writer))
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    async def _whole(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self._talk(reader, writer)
        finally:
            writer.transport.abort()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        secure, to = self.tls is not None, ""
        if not await self._say(writer, "CONNECT", "", "220 peer"):
            return
        while line := (await reader.readline()).decode().rstrip("\r\n"):
            self.heard.append(line)
            verb, _, rest = line.partition(" ")
            usual = "250 ok"
            match verb.upper():
                case "EHLO":
                    offered = ["peer", *(["STARTTLS"] if self.starttls and not secure else []), "AUTH PLAIN"]
                    usual = "\r\n".join([*(f"250-{each}" for each in offered[:-1]), f"250 {offered[-1]}"])
                case "STARTTLS":
                    usual = "220 go on"
                case "AUTH":
                    usual = "235 known"
                    self.logins.append(base64.b64decode(rest.split()[-1]).decode())
                case "RCPT":
                    to = rest.partition("<")[2].partition(">")[0]
                case "DATA":
                    usual = "354 go on"
                case "QUIT":
                    usual = "221 bye"
            if not await self._say(writer, verb.upper(), rest, usual):
                return
            if verb.upper() == "STARTTLS":
                assert self.starttls is not None
                await writer.start_tls(self.starttls)
                secure = True
            if verb.upper() == "DATA" and self.said == usual:
                whole = await reader.readuntil(b"\r\n.\r\n")
                mail = message_from_bytes(whole[:-3].replace(b"\r\n..", b"\r\n."), policy=policy.default)
                assert isinstance(mail, EmailMessage)
                self.taken.append((to, mail))
                going_on = await self._say(writer, ".", to, "250 taken")
                if self.said[0] in "45":
                    self.taken.pop()
                if not going_on:
                    return

    async def _say(self, writer: asyncio.StreamWriter, verb: str, rest: str, usual: str) -> bool:
        self.said = self.answer(verb, rest) or usual
        if self.said == HANG_UP:
            return False
        if self.said == HANG:
            await asyncio.Event().wait()
        writer.write(f"{self.said}\r\n".encode())
        await writer.drain()
        return True

"""What Asterisk's configuration is made of, and what may stand in it.

Decides which values are refused: every one ends up in a file where a newline or a semicolon would begin something
else. `faults_of` finds all of them at once. It knows no file format; rendering is `configure`, `pjsip`, `dialplan`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

CODECS = ("alaw", "ulaw", "g722", "opus", "gsm", "slin")
WEB = "-web"  # ends the name of a softphone's endpoint; what stands before it is the adviser
RESERVED = ("trunk", "global", "system", "dialer", "wish")  # names of our own sections in pjsip.conf and ari.conf


class ConfigurationError(Exception):
    """Values that cannot be written into Asterisk's configuration; `faults` lists each with its place and remedy."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


@dataclass(frozen=True, slots=True)
class Address:
    """A host (name or IP, without brackets) and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Line:
    """A published number; `apology` is what callers hear while the controller is away (path without extension)."""

    id: str
    number: str  # national form, "0800122500"
    apology: Path


@dataclass(frozen=True, slots=True)
class Phone:
    """An adviser's phone: SIP user and name of the endpoint = adviser's id."""

    id: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Softphones:
    """Every adviser gets a second endpoint, `<adviser>-web`, for the softphone in their browser (docs/softphone.md)."""

    codecs: tuple[str, ...] = ("opus", "alaw")
    stun: Address | None = None  # where Asterisk asks how it is seen from outside; it tells browsers that address too


@dataclass(frozen=True, slots=True)
class Nat:
    """How Asterisk is seen from outside when it stands behind address translation."""

    external_address: str
    local_networks: tuple[str, ...]  # CIDR, addressed without translation


@dataclass(frozen=True, slots=True)
class Trunk:
    """The telephone provider, endpoint `trunk`: where calls come from and where they go out."""

    address: Address
    transport: Literal["udp", "tcp", "tls"] = "udp"
    calls_from: tuple[str, ...] = ()  # addresses, networks or names its calls come from; empty: its host
    registers: bool = False  # we register there; else we are known by our address
    username: str = ""
    password: str = field(default="", repr=False)
    domain: str = ""  # in From and in registrations, when it differs from the host
    codecs: tuple[str, ...] = ("alaw",)
    trusts_identity: bool = False  # believe its P-Asserted-Identity and Privacy
    symmetric: bool = False  # answer where packets come from, whatever they say: the provider is behind NAT
    encrypts_media: bool = False  # SRTP, keys in SDP: over TLS only
    certificates: Path | None = None  # authorities that its TLS certificate is checked against


def demo_trunk(outside: Address) -> Trunk:
    """Whatever calls from 127.0.0.1 without being a phone; calls out go to `outside` (DIALER_TRUNK)."""
    return Trunk(outside, calls_from=("127.0.0.1",), trusts_identity=True, symmetric=True)


@dataclass(frozen=True, slots=True)
class Prompts:
    """What the dialplan says by itself; paths without extension."""

    not_in_service: Path  # to a caller who dialled a number that is not ours
    not_permitted: Path  # to an adviser who dials what a phone may not dial
    wish_ready: Path  # after *1
    wish_paused: Path  # after *0
    wish_refused: Path  # after *1 while a contact is to be filed first
    wish_unavailable: Path  # after either while the controller is away


@dataclass(frozen=True, slots=True)
class Settings:
    """All that Asterisk's configuration is rendered from."""

    home: Path  # Asterisk's own folder: etc/, run/, log/, … are made in it
    modules: Path  # Programs.modules
    data: Path  # Programs.data
    music: Path  # Programs.moh or a folder of one's own; files in A-law or 8 kHz WAV
    sip: Address
    http: Address
    rtp: tuple[int, int]  # first and last port
    ari_password: str = field(repr=False)
    lines: tuple[Line, ...]
    phones: tuple[Phone, ...]
    trunk: Trunk
    prompts: Prompts
    ari_user: str = "dialer"
    nat: Nat | None = None
    phone_codecs: tuple[str, ...] = ("alaw",)
    softphones: Softphones | None = None  # None: desk phones only
    phones_behind_nat: bool = False  # ring a phone where its packets come from, not at the contact that it gave
    qualify_s: int = 0  # OPTIONS probing of phones; 0 is off
    rtp_timeout_s: int = 120  # a leg that sends nothing for so long is hung up; 0 is off
    call_max_s: int = 4 * 3600  # no call lasts longer, whatever forgot it
    extra_modules: tuple[str, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)  # file name → text, added at the end of that file


def faults_of(settings: Settings) -> tuple[str, ...]:
    """Everything that must not be written, each with where it is and how to mend it; () when all is well."""
    return tuple(_faults(settings))


def refuse_faults(settings: Settings) -> None:
    """Raise ConfigurationError with all faults, if there are any."""
    faults = faults_of(settings)
    if faults:
        raise ConfigurationError(faults)


def _faults(settings: Settings) -> Iterator[str]:
    for line in settings.lines:
        where = f"line '{line.id}'"
        yield from _name(f"{where}: id", line.id)
        if not re.fullmatch(r"0[1-9]\d{8}", line.number):
            yield f"{where}: number {line.number!r} is not a French number: write ten digits, such as 0800122500"
        yield from _sound(f"{where}: apology", line.apology)
    yield from _twice("line", (line.id for line in settings.lines))
    yield from _twice("number", (line.number for line in settings.lines))
    for phone in settings.phones:
        yield from _name(f"phone '{phone.id}': id", phone.id)
        yield from _secret(f"phone '{phone.id}': password", phone.password)
        if phone.id.endswith(WEB):
            yield f"phone '{phone.id}': a name ending in {WEB} is a softphone's: choose another"
    yield from _twice("phone", (phone.id for phone in settings.phones))
    yield from _trunk_faults(settings.trunk)
    for name in Prompts.__dataclass_fields__:
        yield from _sound(f"prompt '{name}'", getattr(settings.prompts, name))
    yield from _address("SIP address", settings.sip)
    yield from _address("HTTP address", settings.http)
    first, last = settings.rtp
    if not 1024 <= first < last <= 65535 or last - first < 3:
        yield f"RTP ports {first}-{last}: give a range of at least four ports between 1024 and 65535"
    yield from _name("ARI user", settings.ari_user, reserved=())
    yield from _secret("ARI password", settings.ari_password)
    for name in ("home", "modules", "data", "music"):
        yield from _path(f"folder '{name}'", getattr(settings, name))
    yield from _codecs("phones: codecs", settings.phone_codecs)
    if settings.softphones:
        yield from _codecs("softphones: codecs", settings.softphones.codecs)
        if settings.softphones.stun:
            yield from _address("softphones: STUN address", settings.softphones.stun)
    if settings.nat:
        yield from _host("NAT: external address", settings.nat.external_address)
        for network in settings.nat.local_networks:
            yield from _host("NAT: local network", network)
    for module in settings.extra_modules:
        if not re.fullmatch(r"[a-z0-9_]+\.so", module):
            yield f"extra module {module!r}: write a file name such as app_queue.so"
    for name, value in (("qualify_s", settings.qualify_s), ("rtp_timeout_s", settings.rtp_timeout_s)):
        if value < 0:
            yield f"{name} is {value}: give seconds, 0 for none"
    if settings.call_max_s < 60:
        yield f"call_max_s is {settings.call_max_s}: give at least 60 seconds"


def _trunk_faults(trunk: Trunk) -> Iterator[str]:
    yield from _address("trunk: address", trunk.address)
    for place in trunk.calls_from:
        yield from _host("trunk: calls_from", place)
    if trunk.domain:
        yield from _host("trunk: domain", trunk.domain)
    if trunk.username:
        yield from _secret("trunk: username", trunk.username)
    if trunk.password:
        yield from _secret("trunk: password", trunk.password)
    if trunk.registers and not (trunk.username and trunk.password):
        yield "trunk: a registration needs username and password: give both, or set registers to false"
    if trunk.encrypts_media and trunk.transport != "tls":
        yield "trunk: media keys would travel in clear: use transport tls, or set encrypts_media to false"
    if trunk.certificates is not None:
        yield from _path("trunk: certificates", trunk.certificates)
    yield from _codecs("trunk: codecs", trunk.codecs)


def _name(where: str, name: str, reserved: tuple[str, ...] = RESERVED) -> Iterator[str]:
    if not re.fullmatch(r"[a-z][a-z0-9_-]{1,31}", name):
        yield f"{where} {name!r}: use 2 to 32 lower-case letters, digits, - and _, beginning with a letter"
    elif name in reserved:
        yield f"{where} {name!r} is taken by the system: choose another"


def _secret(where: str, value: str) -> Iterator[str]:
    """Never shows the value. A semicolon begins a comment in Asterisk's files, a newline another setting."""
    if not value:
        yield f"{where} is empty: give one"
    elif not re.fullmatch(r"[!-:<-~]+", value):
        yield f"{where} has a space, a semicolon, a newline or a non-ASCII letter: use ASCII letters, digits and signs"


def _host(where: str, host: str) -> Iterator[str]:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.:/_-]*|::[A-Za-z0-9:/]*", host):
        yield f"{where} {host!r}: give a host name or an IP address"


def _address(where: str, address: Address) -> Iterator[str]:
    yield from _host(where, address.host)
    if not 1 <= address.port <= 65535:
        yield f"{where}: port {address.port} is not between 1 and 65535"


def _path(where: str, path: Path) -> Iterator[str]:
    if not path.is_absolute() or re.search(r"[\x00-\x1f;]", str(path)):
        yield f"{where} {str(path)!r}: give an absolute path without semicolons or control characters"


def _sound(where: str, path: Path) -> Iterator[str]:
    """A path that stands in the dialplan, where more characters have a meaning."""
    if not path.is_absolute() or re.search(r"[\x00-\x1f;,&|()${}\[\]\"\\]", str(path)):
        yield f"{where} {str(path)!r}: give an absolute path of letters, digits, - _ . and spaces"


def _codecs(where: str, codecs: tuple[str, ...]) -> Iterator[str]:
    if not codecs or not set(codecs) <= set(CODECS):
        yield f"{where} {', '.join(codecs) or '(none)'}: choose from {', '.join(CODECS)}"


def _twice(what: str, values: Iterable[str]) -> Iterator[str]:
    for value, times in Counter(values).items():
        if times > 1:
            yield f"{what} {value!r} is given {times} times: keep one"

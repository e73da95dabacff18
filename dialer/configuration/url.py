"""Web addresses that an operator writes: those we ask, those we tell, and our own.

Decides which may be written: https, or http on this machine; never one with a password in it. Must not know who uses
them.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator

from dialer.address import is_host
from dialer.configuration.tables import refusal, shown

_EXAMPLE = "write https://host/path"


def _web_address(text: str) -> str:
    parts = _split(text, _EXAMPLE)
    if parts.username is not None or parts.password is not None:
        # Not quoted: it holds a secret.
        raise refusal("has a user or a password in it", "take it out, and name the secret's variable in secret_env")
    _check(text, parts, "what a caller asked", _EXAMPLE)
    return text


def base_address(text: str) -> str:
    """`text` as a BaseAddress. PydanticCustomError with `what` and `mend` where it is none."""
    example = "write https://host, or https://host/path"
    parts = _split(text, example)
    if "@" in parts.netloc or "?" in text or "#" in text:
        raise refusal("has more than a host and a path", example)
    _check(text, parts, "what people write there", example)
    return text.rstrip("/")


def _split(text: str, example: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.hostname, parts.port
    except ValueError:
        raise refusal("is not a web address", example) from None
    return parts


def _check(text: str, parts: SplitResult, told: str, example: str) -> None:
    host = parts.hostname or ""
    if not text.isascii() or not text.isprintable() or " " in text or not is_host(host):
        raise refusal(f"{shown(text)} is not a web address", example)
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_here(host)):
        raise refusal(f"{shown(text)} is not https, and {told} would travel in clear", example)


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


WebAddress = Annotated[str, AfterValidator(_web_address)]
"""Where something is asked or sent."""
BaseAddress = Annotated[str, AfterValidator(base_address)]
"""What the paths of our own pages are added to: without a slash at its end."""

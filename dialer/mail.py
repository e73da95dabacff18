"""One e-mail to one address, by the operator's relay: how digests leave us.

Decides what a relay's answer means: taken, refused for good, to be tried again, or not known. Certificates are checked.
Must not know what is written. Nothing that a relay answers gets into an error but its code, for it may quote an
address.
"""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import Literal, Protocol

from pydantic import SecretStr

from dialer.core.words import Instant


class Relay(Protocol):
    """user, password: None of both where it knows us by our address. timeout_s: of each step."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def tls(self) -> Literal["starttls", "tls", "none"]: ...
    @property
    def sender(self) -> str: ...
    @property
    def user(self) -> str | None: ...
    @property
    def password(self) -> SecretStr | None: ...
    @property
    def certificates(self) -> Path | None: ...
    @property
    def timeout_s(self) -> float: ...


class MailError(Exception):
    """Not sent, as far as we know; in a word why."""


class OutOfReach(MailError):
    """The relay takes nothing from us now: nothing was sent, and no other mail would be."""


class NotNow(MailError):
    """The relay does not take this one now: it was not sent."""


class Refused(MailError):
    """The relay never takes this one."""


class Unsure(MailError):
    """All of it was handed over and no answer came: it may have been sent."""


def compose(relay: Relay, to: str, subject: str, text: str, at: Instant) -> EmailMessage:
    """Plain text, marked as written by a machine so that no absent colleague's answers it."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = relay.sender, to, subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = make_msgid(domain=_domain(relay))  # the machine's own name is nobody's business
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message


def send(relay: Relay, message: EmailMessage) -> None:
    """Waits for the relay, each step for ``timeout_s`` at most: for a thread. Raises MailError."""
    try:
        smtp = _reached(relay)
    except (OSError, ValueError) as failed:
        raise OutOfReach(_why(failed)) from None
    try:
        _hand_over(smtp, message)
    finally:
        _leave(smtp)


def _reached(relay: Relay) -> smtplib.SMTP:
    """Connected, under TLS, and known. Raises OSError, to which all of smtplib's belong."""
    own = _domain(relay)
    if relay.tls == "tls":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(
            relay.host, relay.port, own, timeout=relay.timeout_s, context=_trusted(relay)
        )
    else:
        smtp = smtplib.SMTP(relay.host, relay.port, own, timeout=relay.timeout_s)
    try:
        if relay.tls == "starttls":
            smtp.starttls(context=_trusted(relay))
        if relay.user is not None and relay.password is not None:
            smtp.login(relay.user, relay.password.get_secret_value())
        smtp.ehlo_or_helo_if_needed()
    except BaseException:
        smtp.close()
        raise
    return smtp


def _hand_over(smtp: smtplib.SMTP, message: EmailMessage) -> None:
    try:
        code, _ = smtp.mail(str(message["From"]))
        if code != 250:  # it is the sender of all
            raise OutOfReach(str(code))
        _expect(smtp.rcpt(str(message["To"])), 250, 251)
    except OSError as failed:
        raise OutOfReach(_why(failed)) from None
    try:
        _expect(smtp.data(message.as_bytes()), 250)
    except smtplib.SMTPDataError as failed:  # it said no before the first line
        _expect((failed.smtp_code, b""), 250)
    except OSError as failed:
        raise Unsure(_why(failed)) from None


def _expect(answer: tuple[int, bytes], *good: int) -> None:
    code, _ = answer
    if code == 421:
        raise OutOfReach("421")
    if code not in good:
        raise Refused(str(code)) if 500 <= code < 600 else NotNow(str(code))


def _leave(smtp: smtplib.SMTP) -> None:
    """It has the mail or has not: what becomes of the connection changes nothing."""
    try:
        smtp.quit()
    except OSError:
        smtp.close()


def _trusted(relay: Relay) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=relay.certificates)


def _domain(relay: Relay) -> str:
    return relay.sender.rpartition("@")[2]


def _why(failed: Exception) -> str:
    code = failed.smtp_code if isinstance(failed, smtplib.SMTPResponseException) else None
    return type(failed).__name__ if code is None else f"{type(failed).__name__} {code}"

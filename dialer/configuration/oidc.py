"""[oidc]: the provider of identities by which people sign in too, as ProConnect. Without it they have their passwords.

Decides what must be said of the agreement with it, and that browsers must know us by an address of our own before they
can come back. Must not know OpenID Connect, nor who signs in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from dialer.access.oidc import Client
from dialer.access.tokens import Algorithm
from dialer.configuration.queues import words
from dialer.configuration.secrets import VariableName, secret_of
from dialer.configuration.tables import Table, bounded, read_table, refusal, shown
from dialer.configuration.url import WebAddress
from schedules.faults import Fault

BACK, OUT = "/connexion/retour", "/connexion/fin"
"""Where a browser comes back to, signed in or signed out: these are told to the provider, to the letter."""
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,100}", re.ASCII)
"""RFC 6749, section 3.3."""
_CLAIM = re.compile(r"[A-Za-z][A-Za-z0-9_:./-]{0,99}", re.ASCII)
_CLIENT_ID = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)


def _issuer(text: str) -> str:
    if "?" in text or "#" in text:
        raise refusal(f"{shown(text)} has more than a host and a path", "write it as the provider writes its issuer")
    return text


def _client_id(text: str) -> str:
    if _CLIENT_ID.fullmatch(text) is None:
        raise refusal(f"{shown(text)} is no client id", "write the one that the provider gave")
    return text


def _scope(text: str) -> str:
    if _SCOPE.fullmatch(text) is None:
        raise refusal(f"{shown(text)} is no scope", 'write each between quotes of its own, as "openid"')
    return text


def _claim(text: str) -> str:
    if _CLAIM.fullmatch(text) is None:
        raise refusal(f"{shown(text)} is not the name of a claim", 'write "sub", or one that the provider documents')
    return text


class OidcTable(Table):
    issuer: Annotated[WebAddress, AfterValidator(_issuer)] = Field(examples=["https://provider.example.net/api/v2"])
    client_id: Annotated[str, AfterValidator(_client_id)] = Field(examples=["fil-vert"])
    secret_env: VariableName = Field(examples=["OIDC_SECRET"])
    scopes: list[Annotated[str, AfterValidator(_scope)]] = Field(
        default=["openid", "given_name", "usual_name"], min_length=1, max_length=20,
        examples=[["openid", "given_name", "usual_name"]],
    )  # fmt: skip
    claim: Annotated[str, AfterValidator(_claim)] = Field(default="sub", examples=["sub"])
    name: Annotated[str, AfterValidator(words)] = Field(default="ProConnect", examples=["ProConnect"])
    algorithm: Algorithm = Field(default="RS256", examples=["RS256"])
    signed_userinfo: bool = Field(default=True, examples=[True])
    pkce: bool = Field(default=True, examples=[True])
    timeout_s: float = bounded(5.0, 0.5, 15)


def read_oidc(
    table: object,
    where: str,
    public_url: str | None,
    environ: Mapping[str, str],
    wants_secrets: bool,
    faults: list[Fault],
) -> Client | None:
    """The agreement that [oidc] writes. public_url: of [web]. wants_secrets: False in a demonstration, whose accounts
    everybody knows: nobody signs in there by a provider."""
    read = read_table(OidcTable, table, where, faults)
    if read is None:
        return None
    before = len(faults)
    if "openid" not in read.scopes:
        faults.append(Fault(f"{where} scopes", '"openid" is not among them', 'write "openid" first'))
    if public_url is None:
        what = "browsers could not come back from the provider, which knows one address of ours"
        mend = 'write public_url = "https://example.net" in [web]'
        faults.append(Fault(f"{where} issuer", what, mend))
    secret: SecretStr | None = None
    if wants_secrets:
        secret = secret_of(read.secret_env, f"{where} secret_env", environ, faults)
    if len(faults) > before or secret is None or public_url is None:
        return None
    return Client(
        issuer=read.issuer,
        id=read.client_id,
        secret=secret,
        redirect_uri=public_url + BACK,
        after_sign_out=public_url + OUT,
        scopes=tuple(read.scopes),
        algorithm=read.algorithm,
        signed_userinfo=read.signed_userinfo,
        pkce=read.pkce,
        timeout_s=read.timeout_s,
        claim=read.claim,
        name=read.name,
    )

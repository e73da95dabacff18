"""What an operator may say of the provider of identities, and that without a word there is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from dialer.access.oidc import Client
from tests.configuration.written import read, say, told

ISSUER = "https://provider.example.net/api/v2"
OIDC = f'[oidc]\nissuer = "{ISSUER}"\nclient_id = "fil-vert"\nsecret_env = "OIDC_SECRET"\n'
WEB = '[web]\npublic_url = "https://filvert.example.net/"\n'


@pytest.mark.parametrize("demo", [True, False])
def test_nobody_signs_in_by_a_provider_unless_an_operator_says_so(folder: Path, demo: bool) -> None:
    assert read(folder, demo).oidc is None


def test_the_provider_is_proconnect_and_knows_our_two_addresses_where_nothing_else_is_said(folder: Path) -> None:
    say(folder, WEB + OIDC)
    configuration = read(folder, OIDC_SECRET="hunter2")
    assert configuration.oidc == Client(
        ISSUER, "fil-vert", SecretStr("hunter2"), "https://filvert.example.net/connexion/retour",
        "https://filvert.example.net/connexion/fin", ("openid", "given_name", "usual_name"), "RS256", True, True, 5.0,
        "sub", "ProConnect",
    )  # fmt: skip
    assert "hunter2" not in repr(configuration)


def test_everything_that_is_said_holds(folder: Path) -> None:
    say(folder, f'{WEB}{OIDC}scopes = ["openid", "uid"]\nclaim = "uid"\nname = "Annuaire"\nalgorithm = "ES256"\n'
                "signed_userinfo = false\npkce = false\ntimeout_s = 2\n")  # fmt: skip
    client = read(folder, OIDC_SECRET="s").oidc
    assert client is not None
    assert (client.scopes, client.claim, client.name, client.algorithm) == (
        ("openid", "uid"),
        "uid",
        "Annuaire",
        "ES256",
    )
    assert (client.signed_userinfo, client.pkce, client.timeout_s) == (False, False, 2.0)


def test_a_demonstration_knows_no_provider_and_asks_for_no_secret(folder: Path) -> None:
    say(folder, WEB + OIDC)
    assert read(folder, demo=True).oidc is None


def test_all_that_is_wrong_is_said_at_once_and_how_to_mend_it(folder: Path) -> None:
    say(folder, OIDC + 'scopes = ["given_name"]\n')
    assert told(folder) == [
        "[oidc] issuer: browsers could not come back from the provider, which knows one address of ours — "
        'write public_url = "https://example.net" in [web]',
        '[oidc] scopes: "openid" is not among them — write "openid" first',
        "[oidc] secret_env: the environment has no OIDC_SECRET — set OIDC_SECRET where the service starts",
    ]


@pytest.mark.parametrize(
    ("was", "instead", "where"),
    [
        (ISSUER, "http://provider.example.net", "issuer"),
        (ISSUER, "https://provider.example.net/?a=b", "issuer"),
        ('client_id = "fil-vert"', 'client_id = "fil vert"', "client_id"),
        ('client_id = "fil-vert"', "", "client_id"),
        ('secret_env = "OIDC_SECRET"', 'secret = "hunter2"', "secret"),
        ('secret_env = "OIDC_SECRET"', 'secret_env = "OIDC_SECRET"\nclaim = "a claim"', "claim"),
        ('secret_env = "OIDC_SECRET"', 'secret_env = "OIDC_SECRET"\nscopes = ["openid email"]', "scopes 1"),
        ('secret_env = "OIDC_SECRET"', 'secret_env = "OIDC_SECRET"\nalgorithm = "HS256"', "algorithm"),
        ('secret_env = "OIDC_SECRET"', 'secret_env = "OIDC_SECRET"\ntimeout_s = 60', "timeout_s"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_its_place_and_no_secret_is_shown(
    folder: Path, was: str, instead: str, where: str
) -> None:
    say(folder, WEB + OIDC.replace(was, instead))
    found = told(folder, OIDC_SECRET="s")
    assert any(line.startswith(f"[oidc] {where}:") for line in found), found
    assert "hunter2" not in str(found)

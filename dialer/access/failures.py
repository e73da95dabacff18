"""What can go wrong between us, a browser and a provider of identities, each with one sentence for a screen.

Decides words only. Whoever signs in can mend none of it but by trying again; which one it was is for the operator.
Nothing of a token, a code or an address gets into it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from dialer.core.reasons import Sentence


class Why(StrEnum):
    # the provider's side does not answer as it should
    UNREACHABLE = "unreachable"
    SLOW = "slow"
    ODD_ANSWER = "odd_answer"
    NO_PKCE = "no_pkce"
    PROVIDER_REFUSED = "provider_refused"
    CODE_REFUSED = "code_refused"
    # who came back is not who went
    GIVEN_UP = "given_up"
    WRONG_STATE = "wrong_state"
    TOO_LATE = "too_late"
    NOT_ASKED_AGAIN = "not_asked_again"
    # what was said of them does not hold
    WRONG_ISSUER = "wrong_issuer"
    WRONG_AUDIENCE = "wrong_audience"
    WRONG_NONCE = "wrong_nonce"
    WRONG_SUBJECT = "wrong_subject"
    WRONG_ALGORITHM = "wrong_algorithm"
    WRONG_SIGNATURE = "wrong_signature"
    UNKNOWN_KEY = "unknown_key"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    INCOMPLETE = "incomplete"


_AWAY = Sentence(
    "The identity provider does not answer: try again in a moment, or sign in with your password.",
    "Le fournisseur d'identité ne répond pas : réessayez dans un instant, ou utilisez votre mot de passe.",
)
_REFUSED = Sentence(
    "The identity provider refused: try again, or tell an administrator.",
    "Le fournisseur d'identité a refusé la connexion : réessayez, ou prévenez un administrateur.",
)
_OTHER_WAY = Sentence(
    "This sign-in was not begun in this browser, or too long ago: begin again.",
    "Cette connexion n'a pas commencé dans ce navigateur, ou il y a trop longtemps : recommencez.",
)
_DOUBTFUL = Sentence(
    "What the identity provider answered could not be trusted: nobody is signed in.",
    "La réponse du fournisseur d'identité n'est pas fiable : vous n'êtes pas connecté.",
)

SENTENCES: Mapping[Why, Sentence] = MappingProxyType(
    {
        **dict.fromkeys(Why, _DOUBTFUL),
        Why.UNREACHABLE: _AWAY,
        Why.SLOW: _AWAY,
        Why.ODD_ANSWER: _AWAY,
        Why.NO_PKCE: _REFUSED,
        Why.PROVIDER_REFUSED: _REFUSED,
        Why.CODE_REFUSED: _REFUSED,
        Why.GIVEN_UP: Sentence("You gave up signing in.", "Vous avez interrompu la connexion."),
        Why.WRONG_STATE: _OTHER_WAY,
        Why.TOO_LATE: _OTHER_WAY,
        Why.NOT_ASKED_AGAIN: Sentence(
            "The identity provider did not ask you again who you are: sign out there, and begin again.",
            "Le fournisseur d'identité ne vous a pas redemandé qui vous êtes : déconnectez-vous chez lui, "
            "puis recommencez.",
        ),
    }
)


AWAY = frozenset({Why.UNREACHABLE, Why.SLOW, Why.ODD_ANSWER})
"""It is the provider that is ill."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Nobody is signed in."""

    why: Why

    @property
    def sentence(self) -> Sentence:
        return SENTENCES[self.why]

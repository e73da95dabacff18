"""The French of signing in: why not, for how long, what is wrong with a new password, what roles are called.

Decides words alone. Must not know requests.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from dialer.core.access.roles import Role
from dialer.web.french import NBSP
from schedules.faults import Fault

ROLES: Mapping[Role, str] = MappingProxyType(
    {
        Role.ADVISER: "conseil au téléphone",
        Role.SUPERVISOR: "supervision",
        Role.PLANNER: "planification",
        Role.OFFICER: "suivi des dossiers",
        Role.ADMIN: "administration",
    }
)

LABELS = MappingProxyType({"nouveau": "Nouveau mot de passe", "encore": "Encore une fois"})
EMPTY = "Écrivez votre identifiant et votre mot de passe."
DIFFERENT = "Les deux saisies ne sont pas les mêmes. Écrivez deux fois le même mot de passe."
SAME = "C’est celui que vous avez déjà. Choisissez-en un autre, que personne d’autre ne connaît."
STALE = "Votre compte a changé entre-temps. Réessayez."
SOMEBODY_ELSE = "Cette page est celle d’un autre compte. Pour changer de compte, rechargez-la."
IN_THE_CLEAR = "Cette adresse n’est pas protégée : votre mot de passe pourrait être lu en chemin."
BUSY = "Trop de connexions à la fois : réessayez dans un instant."

_FAULTS: Mapping[str, str] = MappingProxyType(
    {
        "it is too short": "Il est trop court. Écrivez au moins 12 caractères, par exemple quatre mots.",
        "it is too long": "Il est trop long. Écrivez au plus 128 caractères.",
        "it holds signs that cannot be typed again": (
            "Il contient des signes qu’on ne peut pas retaper. "
            "Écrivez des lettres, des chiffres, des signes, des espaces."
        ),
        "it is what others would try first": (
            "C’est ce que d’autres essaieraient en premier. Écrivez des mots qui n’ont rien à voir avec vous."
        ),
        "it repeats or counts on": ("Il se répète ou se devine de signe en signe. Écrivez plusieurs mots sans suite."),
    }
)
"""By what `core.access.password` says of it."""


def password_faults(faults: Iterable[Fault]) -> list[str]:
    return [_FAULTS[fault.what] for fault in faults]


def of_proxy(address: str, trusted: bool) -> str:
    """Why nobody signs in through this proxy, and what an administrator does about it."""
    if trusted:
        return (
            f"Le serveur intermédiaire (proxy) {address} ne dit pas que la connexion est chiffrée. Un administrateur "
            "lui fait envoyer X-Forwarded-Proto: https, ou écrit public_url dans la partie [web] de dialer.toml."
        )
    return (
        f"Cette page passe par un serveur intermédiaire (proxy), {address}, que Fil vert ne connaît pas. Un "
        "administrateur ajoute son adresse à trusted_proxies, dans la partie [web] de dialer.toml, puis relance le "
        "service."
    )


def again_in(seconds: int) -> str:
    """When to try again."""
    if seconds < 60:
        return f"Réessayez dans {max(1, seconds)}{NBSP}seconde{'s' if seconds > 1 else ''}."
    minutes = -(-seconds // 60)
    return f"Réessayez dans {minutes}{NBSP}minute{'s' if minutes > 1 else ''}."


def roles_of(roles: Iterable[Role]) -> str:
    found = set(roles)
    return ", ".join(word for role, word in ROLES.items() if role in found)

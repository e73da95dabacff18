"""The routes of signing in, which are there where accounts are. Decides nothing else."""

from __future__ import annotations

from dialer.web import sign_in, sign_in_password, sign_in_provider
from dialer.web.routes import Route

SIGN_IN_ROUTES: tuple[Route, ...] = (
    Route("GET", "/connexion", None, sign_in.sign_in_page, "Sign in.", for_people=True),
    Route("POST", "/connexion", None, sign_in.sign_in, "A try to sign in.", for_people=True),
    Route("GET", "/connexion/fournisseur", None, sign_in_provider.to_provider, "To the provider of identities.",
          for_people=True, problems=(404,)),
    Route("GET", "/connexion/retour", None, sign_in_provider.from_provider, "Back from there, signed in or not.",
          for_people=True, problems=(404,)),
    Route("GET", "/connexion/fin", None, sign_in.signed_out, "Back from there, signed out.", for_people=True),
    Route("GET", "/connexion/static/{name}", None, sign_in.static_file, "Style and icon of the sign-in.",
          for_people=True, problems=(404,)),
    Route("POST", "/deconnexion", None, sign_in.sign_out, "Sign out.", for_people=True),
    Route("GET", "/compte", None, sign_in.account_page, "One's own account.", for_people=True),
    Route("GET", "/mot-de-passe", None, sign_in_password.password_page, "One's own password.", for_people=True),
    Route("POST", "/mot-de-passe", None, sign_in_password.change_password, "Another password.", for_people=True),
)  # fmt: skip

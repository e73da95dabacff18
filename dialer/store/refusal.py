"""When the database says no: one error, one clear sentence.

Decides how each refusal of a driver is told to an operator, and what to do about it. Must not show passwords.
"""

from __future__ import annotations

import sqlite3

import psycopg
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

REFUSALS = (sqlite3.Error, psycopg.Error, SQLAlchemyError, OSError, TimeoutError, ValueError)
"""All that a driver may raise. aiosqlite says ValueError when its connection is closed already."""


class StoreError(Exception):
    """The database is out of reach, full, locked or not ours. Its text is one sentence for the operator.

    After one from ``Store.append`` the same changes may be appended again: nothing gets into the journal twice.
    """


class Locked(StoreError):
    """Another program has the file of the database just now."""


class LeadLost(StoreError):
    """A newer process leads; this one's changes are refused for ever. It should end, and never tries again."""


def refusal(error: BaseException, where: str) -> StoreError:
    """The StoreError for what a driver raised; ``where`` names the database without its password."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    text = " ".join(str(cause).split()) or type(cause).__name__
    if isinstance(cause, TimeoutError):
        return StoreError(f"The database {where} does not answer; is its server stopped?")
    if isinstance(cause, psycopg.OperationalError):
        return StoreError(f"The database {where} is out of reach: {text}")
    if "UNIQUE constraint failed: journal.seq" in text or '"journal_pkey"' in text:
        return other_writer(where)
    if isinstance(cause, sqlite3.Error):
        if "full" in text:
            return StoreError(f"The disk that holds {where} is full: free some space, the write is not lost.")
        if "locked" in text:
            return Locked(f"{where} is locked by another program: end it, or wait until it is done.")
        if "unable to open" in text or "readonly" in text or "read-only" in text:
            return StoreError(f"{where} cannot be written: check that its folder exists and belongs to this user.")
        if "not a database" in text or "malformed" in text:
            return StoreError(f"{where} is not a sound SQLite database: move it away, or restore a backup.")
    if isinstance(cause, OSError):
        return StoreError(f"{where} cannot be written: {cause.strerror or text}.")
    return StoreError(f"The database {where} refused: {text}")


def other_writer(where: str) -> StoreError:
    return StoreError(f"Another program writes the journal in {where}: end it, there must be one writer only.")


def lead_lost(where: str) -> LeadLost:
    return LeadLost(f"Another dialer leads on {where} since: this one writes nothing any more; end it, not the other.")

"""What outlives the process: the journal, calls, advisers, tokens. SQLite by default, PostgreSQL by one URL.

Knows the core's words and nothing of Asterisk, HTTP or the clock's offset. ``Store`` (store.py) is the only entrance.
"""

from dialer.core.views import BadCursor, CallFilter
from dialer.store.loaded import Loaded, Unreadable
from dialer.store.pages import CallRow, Page
from dialer.store.refusal import StoreError
from dialer.store.store import Store
from dialer.store.tokens import Token

__all__ = ["BadCursor", "CallFilter", "CallRow", "Loaded", "Page", "Store", "StoreError", "Token", "Unreadable"]

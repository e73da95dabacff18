"""What outlives the process: the journal, calls, callbacks, cases, advisers, tokens.

SQLite by default, PostgreSQL by one URL. Knows the core's words and nothing of Asterisk, HTTP or the clock's offset.
``Store`` (store.py) is the only entrance.
"""

from dialer.core.views import BadCursor, CallbackFilter, CallFilter
from dialer.store.callback_pages import CallbackPage, CallbackRow
from dialer.store.case_pages import CasePage, CaseRow
from dialer.store.loaded import Loaded, Unreadable
from dialer.store.pages import CallRow, Page
from dialer.store.refusal import LeadLost, StoreError
from dialer.store.store import Store
from dialer.store.tokens import Token

__all__ = [
    "BadCursor",
    "CallFilter",
    "CallRow",
    "CallbackFilter",
    "CallbackPage",
    "CallbackRow",
    "CasePage",
    "CaseRow",
    "LeadLost",
    "Loaded",
    "Page",
    "Store",
    "StoreError",
    "Token",
    "Unreadable",
]

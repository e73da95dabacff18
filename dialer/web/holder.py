"""Who asks: the holder of a token, or the account of a session; and how far each scope goes for them.

Decides how the table of roles (`core.access.roles`) is asked about a request, and what is an adviser's own: what is
before them now, and what is stored as theirs. A program's scope goes all the way. Must not know cookies nor routes.
"""

from __future__ import annotations

from dataclasses import dataclass

from dialer.core.access.account import Account
from dialer.core.access.roles import Reach, may, reach
from dialer.core.access.session import Session
from dialer.core.cases.responsible import Officer
from dialer.core.cases.visibility import National
from dialer.core.words import E164, AdviserId
from dialer.web.floor import CallbackRow, CallRow, Floor


@dataclass(frozen=True, slots=True)
class Holder:
    """``name``: the token's, or the account's id. ``opens``: every scope of theirs, however far it goes. ``viewer``:
    whose cases it shows. ``account``, ``session``: None of a program, and of a demonstration without a sign-in."""

    name: str
    opens: frozenset[str]
    viewer: National | Officer
    account: Account | None = None
    session: Session | None = None

    @property
    def wide(self) -> frozenset[str]:
        """The scopes that go further than what is their own."""
        return frozenset(scope for scope in self.opens if self.bound(scope) is None)

    def reaches(self, scope: str, of: AdviserId | None = None) -> bool:
        """Whether they may do it. ``of``: whose it is that it is done to; None: nobody's in particular."""
        if self.account is None:
            return scope in self.opens
        return may(self.account.roles, scope, self.account.adviser, of)

    def bound(self, scope: str) -> AdviserId | None:
        """The adviser whose things are all that the scope opens; None: it has no such bound."""
        if self.account is None or reach(self.account.roles, scope) is not Reach.OWN:
            return None
        return self.account.adviser

    def of_call(self, call: CallRow) -> AdviserId | None:
        """Themselves, if their phone rings for this call, or they talk or talked in it: for `reaches`."""
        me = self._adviser()
        return me if call.adviser == me else None

    def of_callback(self, floor: Floor, callback: CallbackRow) -> AdviserId | None:
        """Themselves, if this callback is theirs: for `reaches`. That of another attempt, made by somebody else since,
        is so no more."""
        me = self._adviser()
        if me is None or callback.adviser == me:
            return me
        view = floor.adviser(me)
        if view is None:
            return None
        offered = view.offer.callback if view.offer is not None else None
        return me if callback.id in (view.callback, offered) else None

    async def of_number(self, floor: Floor, number: E164) -> AdviserId | None:
        """Themselves, if they have its person before them: for `reaches`."""
        me = self._adviser()
        view = floor.adviser(me) if me is not None else None
        if view is None:
            return None
        callbacks = {view.callback, view.offer.callback if view.offer is not None else None}
        if any(callback.id in callbacks for callback in floor.callbacks_on(number)):
            return me
        callers = await floor.callers([view.call]) if view.call is not None else {}
        return me if number in callers.values() else None

    def _adviser(self) -> AdviserId | None:
        return self.account.adviser if self.account is not None else None

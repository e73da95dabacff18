"""The accounts of a demonstration: one for each adviser of the configuration, one for each other role, password `demo`.

Decides who they are. They are in memory, and so is whatever is changed while it runs: nothing of them is in the state
folder when the same one is run in earnest, and nothing that was kept there in earnest is opened or changed by a
password that everybody knows. Must not know how they sign in, nor from where.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from dialer.core.access.account import (
    RESERVED,
    Account,
    AccountId,
    AccountRefusal,
    Duties,
    Subject,
    clash,
    new_account,
)
from dialer.core.access.roles import Role
from dialer.core.cases.visibility import Everywhere
from dialer.core.rules import AdviserRules
from dialer.core.words import AdviserId, Instant, Record
from dialer.store.access_in_memory import AccessInMemory

PASSWORD = "demo"  # noqa: S105 - opens demonstrations on loopback only
OTHERS = MappingProxyType(
    {
        "supervisor": ("Supervision", Duties(frozenset({Role.SUPERVISOR}))),
        "planner": ("Planification", Duties(frozenset({Role.PLANNER}))),
        "officer": ("Coordination nationale", Duties(frozenset({Role.OFFICER}), academies=Everywhere())),
        "admin": ("Administration", Duties(frozenset({Role.ADMIN}))),
    }
)
"""Who there is besides the advisers. An adviser with such an id, or a reserved one, has no account."""


Advisers = Mapping[AdviserId, AdviserRules]


class Demonstration(AccessInMemory):
    """``advisers``: those in force, the same object for as long as they are. ``hashed``: `PASSWORD`."""

    def __init__(self, advisers: Callable[[], Advisers], hashed: str, at: Instant) -> None:
        self._advisers = advisers
        self._hashed = hashed
        self._at = at
        self._learnt: Advisers = {}
        super().__init__(self._made(id_, *other) for id_, other in OTHERS.items())

    async def account(self, account: AccountId) -> Account | None:
        self._learn()
        return await super().account(account)

    async def account_of(self, subject: Subject) -> Account | None:
        self._learn()
        return await super().account_of(subject)

    async def accounts(self) -> Sequence[Account]:
        self._learn()
        return await super().accounts()

    async def keep_account(
        self, account: Account, was: Account | None, records: Sequence[Record] = ()
    ) -> AccountRefusal | None:
        self._learn()
        return await super().keep_account(account, was, records)

    def _learn(self) -> None:
        """Who is new in the configuration has an account; who has left it keeps theirs, as in earnest."""
        advisers = self._advisers()
        if advisers is not self._learnt:
            self._learnt = advisers
            self._accounts |= {account.id: account for account in self._of_new(advisers)}

    def _of_new(self, advisers: Advisers) -> Iterator[Account]:
        for adviser, rules in advisers.items():
            if adviser not in RESERVED and AccountId(adviser) not in self._accounts:
                account = self._made(adviser, rules.name, Duties(frozenset({Role.ADVISER}), adviser))
                if clash(account, self._accounts.values()) is None:
                    yield account

    def _made(self, id_: str, name: str, duties: Duties) -> Account:
        made = new_account(id_, name, duties, self._at)
        if isinstance(made, list):  # a name that a configuration may have, and an account not
            made = new_account(id_, id_, duties, self._at)
        assert isinstance(made, Account), made
        return replace(made, password=self._hashed)  # not to be changed first: everybody knows it, and shall

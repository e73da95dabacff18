"""A column that is looked at beside an index and never chooses it.

PostgreSQL knows what it holds, and chooses well among several indexes that would do. SQLite knows nothing of it and
takes any, unless a `+` before the column tells it not to; the value is still read from the index where that has it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class Beside(FunctionElement[Any]):
    inherit_cache = True

    def __init__(self, column: Column[Any]) -> None:
        super().__init__(column)
        self.type = column.type


@compiles(Beside)
def _as_it_is(beside: Beside, compiler: Any, **kwargs: Any) -> str:
    return str(compiler.process(beside.clauses, **kwargs))


@compiles(Beside, "sqlite")
def _with_plus(beside: Beside, compiler: Any, **kwargs: Any) -> str:
    return f"+{compiler.process(beside.clauses, **kwargs)}"

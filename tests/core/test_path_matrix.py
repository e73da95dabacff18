"""The case file does in every state, with every event, what these tables promise."""

# ruff: noqa: E501 — the tables are wide

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.core import path_matrix as matrix
from tests.core.matrix import parse

PATH = """
event                      | no path            | proposed            | sent back           | done by the person | done by the service | confirmed        | the last, done by the person | the only one        | one of seven        | path walked        | path given up      | case ended
a path is proposed         | a path             | no: path_open       | no: path_open       | no: path_open      | no: path_open       | no: path_open    | no: path_open                | no: path_open       | no: path_open       | a path             | a path             | no: ended
a path, by the person      | no: service_only   | no: service_only    | no: service_only    | no: service_only   | no: service_only    | no: service_only | no: service_only             | no: service_only    | no: service_only    | no: service_only   | no: service_only   | no: ended
a path of 8 tasks          | no: too_many_tasks | no: path_open       | no: path_open       | no: path_open      | no: path_open       | no: path_open    | no: path_open                | no: path_open       | no: path_open       | no: too_many_tasks | no: too_many_tasks | no: ended
a path of no task          | no: no_task        | no: path_open       | no: path_open       | no: path_open      | no: path_open       | no: path_open    | no: path_open                | no: path_open       | no: path_open       | no: no_task        | no: no_task        | no: ended
a path with a blank title  | no: not_whole      | no: path_open       | no: path_open       | no: path_open      | no: path_open       | no: path_open    | no: path_open                | no: path_open       | no: path_open       | no: not_whole      | no: not_whole      | no: ended
a task is added            | no: no_path        | acts                | acts                | acts               | acts                | acts             | acts                         | acts                | no: too_many_tasks  | no: no_path        | no: no_path        | no: ended
a task, by the person      | no: no_path        | no: service_only    | no: service_only    | no: service_only   | no: service_only    | no: service_only | no: service_only             | no: service_only    | no: service_only    | no: no_path        | no: no_path        | no: ended
edited                     | no: unknown        | acts                | acts                | no: done           | no: done            | no: confirmed    | no: done                     | acts                | acts                | no: path_over      | no: path_over      | no: ended
edited by the person       | no: unknown        | no: service_only    | no: service_only    | no: service_only   | no: service_only    | no: service_only | no: service_only             | no: service_only    | no: service_only    | no: path_over      | no: path_over      | no: ended
edited, 0 days             | no: unknown        | no: not_whole       | no: not_whole       | no: done           | no: done            | no: confirmed    | no: done                     | no: not_whole       | no: not_whole       | no: path_over      | no: path_over      | no: ended
withdrawn                  | no: unknown        | withdrawn           | withdrawn           | no: done           | no: done            | no: confirmed    | no: done                     | no: no_task         | withdrawn           | no: path_over      | no: path_over      | no: ended
withdrawn by the person    | no: unknown        | no: service_only    | no: service_only    | no: service_only   | no: service_only    | no: service_only | no: service_only             | no: service_only    | no: service_only    | no: path_over      | no: path_over      | no: ended
the person says done       | no: unknown        | done by the person  | done by the person  | no: done           | no: done            | no: confirmed    | no: done                     | done by the person  | done by the person  | no: path_over      | no: path_over      | no: ended
an officer says done       | no: unknown        | done by the service | done by the service | no: done           | no: done            | no: confirmed    | no: done                     | done by the service | done by the service | no: path_over      | no: path_over      | no: ended
the person confirms        | no: unknown        | no: not_done        | no: not_done        | no: own_task       | confirmed           | no: confirmed    | no: own_task                 | no: not_done        | no: not_done        | no: path_over      | no: path_over      | no: ended
an officer confirms        | no: unknown        | no: not_done        | no: not_done        | confirmed          | no: own_task        | no: confirmed    | path walked                  | no: not_done        | no: not_done        | no: path_over      | no: path_over      | no: ended
another officer confirms   | no: unknown        | no: not_done        | no: not_done        | confirmed          | no: own_task        | no: confirmed    | path walked                  | no: not_done        | no: not_done        | no: path_over      | no: path_over      | no: ended
the person sends back      | no: unknown        | no: not_done        | no: not_done        | no: own_task       | sent back           | no: confirmed    | no: own_task                 | no: not_done        | no: not_done        | no: path_over      | no: path_over      | no: ended
an officer sends back      | no: unknown        | no: not_done        | no: not_done        | sent back          | no: own_task        | no: confirmed    | sent back                    | no: not_done        | no: not_done        | no: path_over      | no: path_over      | no: ended
sent back without a reason | no: unknown        | no: not_done        | no: not_done        | no: no_reason      | no: own_task        | no: confirmed    | no: no_reason                | no: not_done        | no: not_done        | no: path_over      | no: path_over      | no: ended
the person gives up        | no: no_path        | path given up       | path given up       | path given up      | path given up       | path given up    | path given up                | path given up       | path given up       | no: no_path        | no: no_path        | no: ended
an officer gives it up     | no: no_path        | path given up       | path given up       | path given up      | path given up       | path given up    | path given up                | path given up       | path given up       | no: no_path        | no: no_path        | no: ended
given up without a reason  | no: no_path        | no: no_reason       | no: no_reason       | no: no_reason      | no: no_reason       | no: no_reason    | no: no_reason                | no: no_reason       | no: no_reason       | no: no_path        | no: no_path        | no: ended
the case ends              | acts               | path given up       | path given up       | path given up      | path given up       | path given up    | path given up                | path given up       | path given up       | acts               | acts               | no: ended
"""
APPOINTMENT = """
event                                     | none               | ahead              | its hour has come  | kept               | missed by the person | missed by the structure | moved              | called off         | ahead, case ended
another is fixed                          | one more           | one more           | one more           | one more           | one more             | one more                | one more           | one more           | no: ended
fixed 59 minutes later                    | one more           | no: same_hour      | one more           | one more           | one more             | one more                | one more           | one more           | no: ended
fixed within the hour of one that is over | one more           | one more           | no: same_hour      | no: same_hour      | no: same_hour        | one more                | one more           | one more           | no: ended
agreed in a callback, at that hour        | one more           | one more           | moved, one more    | acts               | acts                 | one more                | one more           | one more           | one more
fixed an hour later                       | one more           | one more           | one more           | one more           | one more             | one more                | one more           | one more           | no: ended
fixed before the request                  | no: before_request | no: before_request | no: before_request | no: before_request | no: before_request   | no: before_request      | no: before_request | no: before_request | no: ended
fixed with nobody                         | no: not_whole      | no: not_whole      | no: not_whole      | no: not_whole      | no: not_whole        | no: not_whole           | no: not_whole      | no: not_whole      | no: ended
fixed by the person                       | no: service_only   | no: service_only   | no: service_only   | no: service_only   | no: service_only     | no: service_only        | no: service_only   | no: service_only   | no: ended
agreed in a callback, 30 minutes later    | one more           | moved, one more    | one more           | one more           | one more             | one more                | one more           | one more           | moved, one more
moved to another day                      | no: unknown        | moved, one more    | moved, one more    | no: settled        | no: settled          | no: settled             | no: settled        | no: settled        | no: ended
moved by half an hour                     | no: unknown        | moved, one more    | moved, one more    | no: settled        | no: settled          | no: settled             | no: settled        | no: settled        | no: ended
moved by the person                       | no: service_only   | no: service_only   | no: service_only   | no: service_only   | no: service_only     | no: service_only        | no: service_only   | no: service_only   | no: ended
kept                                      | no: unknown        | no: not_yet        | kept               | ·                  | kept                 | no: settled             | no: settled        | no: settled        | no: not_yet
kept, says the person                     | no: service_only   | no: service_only   | no: service_only   | no: service_only   | no: service_only     | no: service_only        | no: service_only   | no: service_only   | no: service_only
missed by the person                      | no: unknown        | no: not_yet        | missed             | missed             | ·                    | no: settled             | no: settled        | no: settled        | no: not_yet
missed by the structure                   | no: unknown        | no: not_yet        | missed             | missed             | missed               | no: settled             | no: settled        | no: settled        | no: not_yet
the person calls it off                   | no: unknown        | called off         | called off         | no: settled        | no: settled          | no: settled             | no: settled        | no: settled        | called off
an officer calls it off                   | no: unknown        | called off         | called off         | no: settled        | no: settled          | no: settled             | no: settled        | no: settled        | called off
called off without a reason               | no: unknown        | no: no_reason      | no: no_reason      | no: settled        | no: settled          | no: settled             | no: settled        | no: settled        | no: no_reason
"""
CLOCK = """
event  | none | ahead | its hour has come | kept | missed by the person | missed by the structure | moved | called off | ahead, case ended
counts | no   | yes   | yes               | yes  | yes                  | no                      | no    | no         | yes
"""
NOTE = """
event                     | none          | the service's | the service's, released | the service's, corrected | the person's  | the person's, released | the service's, case ended
an officer writes         | written       | written       | written                 | written                  | written       | written                | written
the person writes         | written       | written       | written                 | written                  | written       | written                | written
an officer writes nothing | no: not_whole | no: not_whole | no: not_whole           | no: not_whole            | no: not_whole | no: not_whole          | no: not_whole
an officer corrects it    | no: unknown   | written       | written, released       | no: corrected            | no: unknown   | no: other_section      | written
the person corrects it    | no: unknown   | no: unknown   | no: other_section       | no: unknown              | written       | written, released      | no: unknown
an officer releases it    | no: unknown   | released      | ·                       | no: corrected            | no: unknown   | no: other_section      | released
the person releases it    | no: unknown   | no: unknown   | no: other_section       | no: unknown              | released      | ·                      | no: unknown
"""
TEMPLATE = """
event                    | one's own           | another's own | shared              | one's own, retired  | shared, retired
start a path             | yes                 | no: private   | yes                 | no: retired         | no: retired
share                    | shared              | no: private   | ·                   | no: retired         | no: retired
copy                     | a copy of version 2 | no: private   | a copy of version 2 | a copy of version 2 | a copy of version 2
improve                  | version 3           | no: private   | version 3           | no: retired         | no: retired
improve an older version | no: stale           | no: private   | no: stale           | no: retired         | no: retired
improve to 8 tasks       | no: too_many_tasks  | no: private   | no: too_many_tasks  | no: retired         | no: retired
improve to no task       | no: no_task         | no: private   | no: no_task         | no: retired         | no: retired
improve to a blank title | no: not_whole       | no: private   | no: not_whole       | no: retired         | no: retired
retire                   | retired             | no: private   | retired             | ·                   | ·
"""

Cells = dict[tuple[str, str], str]
TABLES: dict[str, tuple[Cells, Callable[[str, str], str], object, object]] = {
    "path": (parse(PATH), matrix.path_cell, matrix.PATHS, matrix.PATH_EVENTS),
    "appointment": (parse(APPOINTMENT), matrix.appointment_cell, matrix.APPOINTMENTS, matrix.APPOINTMENT_EVENTS),
    "clock": (parse(CLOCK), lambda state, _: matrix.clock_cell(state), matrix.APPOINTMENTS, ["counts"]),
    "note": (parse(NOTE), matrix.note_cell, matrix.NOTES, matrix.NOTE_EVENTS),
    "template": (parse(TEMPLATE), matrix.template_cell, matrix.TEMPLATES, matrix.TEMPLATE_EVENTS),
}
PAIRS = [(name, state, event) for name, (cells, *_) in TABLES.items() for state, event in cells]


@pytest.mark.parametrize("name", TABLES)
def test_the_tables_promise_something_for_every_pair_of_state_and_event(name: str) -> None:
    cells, _, states, events = TABLES[name]
    assert set(cells) == {(state, event) for state in states for event in events}  # type: ignore[attr-defined]


@pytest.mark.parametrize(("name", "state", "event"), PAIRS)
def test_a_file_does_what_the_tables_promise(name: str, state: str, event: str) -> None:
    cells, cell, _, _ = TABLES[name]
    assert cell(state, event) == cells[state, event]


def test_nothing_that_a_side_has_said_is_done_is_ever_confirmed_by_the_same_side() -> None:
    for (state, event), cell in parse(PATH).items():
        if cell in ("confirmed", "path walked"):
            assert ("person" in state) is ("officer" in event), (state, event)


def test_the_document_is_current() -> None:
    """`python -m tests.core.path_matrix > docs/path.md` mends it."""
    document = Path(__file__).parents[2] / "docs" / "path.md"

    assert document.read_text(encoding="utf-8") == matrix.document()

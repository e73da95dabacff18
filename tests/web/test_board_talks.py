"""What a supervisor sees of a talk on the live page: who is held, who was brought in, and where they stand."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from dialer.web.board import Board

from . import desk_states as states
from .fake_floor import FakeFloor


def talk(floor: FakeFloor) -> str:
    """The row of the one call."""
    html = Board(floor).render().fragments["appels"]
    row = html[html.index('data-key="c0001"') :].partition("</tr>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)).strip()


@pytest.mark.parametrize(
    ("happened", "said"),
    [
        (states.talking, r"En ligne depuis .* Élodie Ferrand$"),
        (states.holding, r"Mis en attente depuis .* Élodie Ferrand$"),
        (states.asking_a_colleague, r"Mis en attente depuis .* Élodie Ferrand et Farid Guérin, sonne$"),
        (states.speaking_to_a_colleague, r"Mis en attente depuis .* Élodie Ferrand et Farid Guérin, en aparté$"),
        (states.all_three, r"En ligne depuis .* Élodie Ferrand et Farid Guérin, à trois$"),
    ],
)
def test_the_row_of_a_talk_says_who_is_held_and_who_else_is_in_it(
    happened: Callable[[FakeFloor], None], said: str
) -> None:
    floor = FakeFloor()
    happened(floor)
    assert re.search(said, talk(floor)), talk(floor)

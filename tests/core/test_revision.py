"""Two people change one file: the second is told, and nothing is overwritten."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.revision import EDITS_KEPT, Edit, Refusal, Stale, Versioned, revise

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

Notes = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Full(Refusal):
    notes: int


def revised(file: Versioned[Notes], against: int, by: str, note: str, minute: int = 0) -> Versioned[Notes] | Stale:
    change = revise(file, against, AT + timedelta(minutes=minute), by, "note", lambda notes: (*notes, note))
    assert isinstance(change, Versioned | Stale)
    return change


def whole(found: object) -> Versioned[Notes]:
    assert isinstance(found, Versioned)
    return found


def test_a_change_against_the_last_version_is_made_and_remembered() -> None:
    file = whole(revised(Versioned(()), 0, "lea", "first"))

    assert file == Versioned(("first",), 1, (Edit(1, AT, "lea", "note"),))


def test_the_second_of_two_officers_is_told_who_changed_what_and_nothing_is_overwritten() -> None:
    before: Versioned[Notes] = Versioned(())
    after = whole(revised(before, 0, "lea", "from Léa", 1))
    second = revised(after, 0, "omar", "from Omar", 2)

    assert second == Stale(0, 1, (Edit(1, AT + timedelta(minutes=1), "lea", "note"),))
    assert after.value == ("from Léa",)
    assert whole(revised(after, 1, "omar", "from Omar", 3)).value == ("from Léa", "from Omar")


def test_of_several_changes_only_those_since_their_version_are_told() -> None:
    file: Versioned[Notes] = Versioned(())
    for version, by in enumerate(("lea", "omar", "lea", "ines")):
        file = whole(revised(file, version, by, by))

    late = revised(file, 2, "zoe", "late")

    assert isinstance(late, Stale)
    assert [(edit.version, edit.by) for edit in late.meanwhile] == [(3, "lea"), (4, "ines")]
    assert late.untold == 0


@pytest.mark.parametrize("against", [2, 99, -1])
def test_a_version_that_the_file_never_had_is_refused(against: int) -> None:
    file = whole(revised(Versioned(()), 0, "lea", "first"))

    late = revised(file, against, "omar", "second")

    assert isinstance(late, Stale)
    assert late.against == against
    assert late.untold == 0


def test_a_rule_that_is_not_asked_about_a_stale_file_cannot_answer_for_it() -> None:
    asked: list[Notes] = []

    def change(notes: Notes) -> Notes:
        asked.append(notes)
        return notes

    file: Versioned[Notes] = Versioned(("a",), 1, (Edit(1, AT, "lea", "note"),))

    assert isinstance(revise(file, 0, AT, "omar", "note", change), Stale)
    assert asked == []


def test_a_rules_refusal_is_handed_on_and_makes_no_version() -> None:
    def full(notes: Notes) -> Notes | Full:
        return Full(len(notes))

    file: Versioned[Notes] = Versioned(("a",))

    assert revise(file, 0, AT, "lea", "note", full) == Full(1)


def test_a_change_that_changes_nothing_makes_no_version() -> None:
    file = whole(revised(Versioned(()), 0, "lea", "first"))

    assert revise(file, 1, AT, "omar", "note", lambda notes: tuple(notes)) is file


def test_a_file_changed_very_often_tells_of_the_last_changes_and_counts_the_others() -> None:
    file: Versioned[Notes] = Versioned(())
    for version in range(EDITS_KEPT + 7):
        file = whole(revised(file, version, "lea", str(version)))

    late = revised(file, 3, "omar", "late")

    assert len(file.edits) == EDITS_KEPT
    assert isinstance(late, Stale)
    assert len(late.meanwhile) == EDITS_KEPT
    assert late.untold == 4
    assert late.meanwhile[0].version == 8


@pytest.mark.parametrize(
    ("version", "known"), [(2, (1,)), (1, (1, 2)), (0, (0,)), (3, (1, 3)), (3, (3, 2)), (2, (0, 1, 2)), (-1, ())]
)
def test_edits_that_do_not_lead_up_to_the_version_are_a_defect(version: int, known: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="do not lead up"):
        Versioned((), version, tuple(Edit(number, AT, "lea", "note") for number in known))


@given(st.lists(st.tuples(st.sampled_from(["lea", "omar", "ines"]), st.booleans()), max_size=40))
def test_however_they_interleave_no_note_is_lost_and_everyone_refused_knows_why(steps: list[tuple[str, bool]]) -> None:
    """Each officer looks at the file (True) or writes against what they last saw (False)."""
    file: Versioned[Notes] = Versioned(())
    seen = dict.fromkeys(("lea", "omar", "ines"), file)
    kept: list[str] = []
    for number, (officer, looks) in enumerate(steps):
        if looks:
            seen[officer] = file
            continue
        note = f"{officer} {number}"
        found = revised(file, seen[officer].version, officer, note, number)
        if isinstance(found, Stale):
            assert [edit.version for edit in found.meanwhile] == list(
                range(seen[officer].version + 1, file.version + 1)
            )
            assert found.meanwhile
        else:
            kept.append(note)
            file = found
            seen[officer] = file
    assert list(file.value) == kept
    assert file.version == len(kept)
    assert [edit.by for edit in file.edits] == [note.split()[0] for note in kept][-EDITS_KEPT:]

"""Finding a structure: by words with a slip in them, by place, by what it is, open or not, the nearest first."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.places.centroids import _PREFECTURES as PREFECTURES
from dialer.core.places.centroids import Centroids, Place, Point, departement_of, distance_km, lies_near, prefecture
from dialer.core.places.departement import NAMES
from dialer.core.places.territory import of_postcode
from dialer.core.structures.search import Directory, Found, Wanted, words
from dialer.core.structures.structure import Structure, StructureId, StructureKind
from tests.core.structure_world import ALL, LAVAL, MAYENNE, PARIS, RENNES, REUNION, closed

TEN = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)
ETIENNE = replace(
    MAYENNE, id=StructureId("ml-ste"), name="Mission locale", postcode="42000", commune="St-Étienne CEDEX 2"
)


def academie_of(postcode: str) -> str | None:
    """Enough of the map for the small directory."""
    return {"53": "17", "35": "14", "75": "01", "97": "28"}.get(postcode[:2])


def found(*structures: Structure, **wanted: object) -> list[str]:
    return [each.structure.id for each in search(*structures, **wanted)]


def search(*structures: Structure, **wanted: object) -> list[Found]:
    return Directory(structures or ALL, academie_of).find(Wanted(**wanted), TEN)  # type: ignore[arg-type]


# -- words ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("laval", ["cio-laval"]),
        ("LAVAL cio", ["cio-laval"]),
        ("Lav", ["cio-laval"]),
        ("mission loc", ["ml-mayenne", "ml-nord"]),
        ("ecole", ["e2c-paris"]),
        ("2e", ["e2c-paris"]),
        ("bocage", ["ml-mayenne"]),
        ("0350001z", ["0350001Z"]),
        ("rennes centre", ["0350001Z"]),
        ("centre d'information", ["cio-laval", "0350001Z"]),
        ("laval rennes", []),
        ("aval", []),
    ],
)
def test_every_word_begins_one_of_name_commune_kind_or_id(text: str, ids: list[str]) -> None:
    exact = [each.structure.id for each in search(text=text) if not each.slips]
    assert exact == ids


@pytest.mark.parametrize(
    ("typed", "forgiven"),
    [
        ("renes", True),  # one missing
        ("rennnes", True),  # one too many
        ("rannes", True),  # another
        ("rnenes", True),  # swapped
        ("rennse", True),
        ("ennes", True),
        ("xrennes", True),
        ("rennesx", True),
        ("rens", False),  # two missing
        ("renzez", False),
        ("ren", False),  # begins it: no slip
        ("rex", False),  # too short to forgive anything
        ("informaton", True),
        ("infromat", True),  # the beginning of information
        ("cntr", False),  # four letters forgive in a whole word only
        ("cntre", True),
    ],
)
def test_one_wrong_letter_is_forgiven_in_a_word_that_is_long_enough(typed: str, forgiven: bool) -> None:
    slips = {each.structure.id: each.slips for each in search(RENNES, text=typed)}
    assert (slips == {RENNES.id: 1}) is forgiven


def test_what_was_typed_right_comes_before_what_was_forgiven() -> None:
    laon = replace(MAYENNE, id=StructureId("cio-laon"), name="CIO", postcode="02000", commune="Laon")
    lyon = replace(laon, id=StructureId("cio-lyon"), postcode="69001", commune="Lyon")
    assert found(laon, lyon, text="lyon") == ["cio-lyon", "cio-laon"]
    assert found(laon, lyon, text="laon") == ["cio-laon", "cio-lyon"]


def test_a_slip_is_behind_what_was_typed_right_however_near_it_is() -> None:
    laon = replace(MAYENNE, id=StructureId("cio-laon"), name="CIO", postcode="02000", commune="Laon")
    lyon = replace(laon, id=StructureId("cio-lyon"), postcode="69001", commune="Lyon")
    assert found(laon, lyon, text="lyon", near="02000") == ["cio-lyon", "cio-laon"]
    assert found(laon, lyon, near="02000") == ["cio-laon", "cio-lyon"]


def test_saints_cedex_and_ligatures_are_read_as_people_say_them() -> None:
    assert words("St-Étienne CEDEX 2") == ["saint", "etienne"]
    assert words("Sœurs de Ste Ève, L'Haÿ") == ["soeurs", "de", "sainte", "eve", "l", "hay"]
    assert found(ETIENNE, text="saint étienne") == ["ml-ste"]
    assert words("cedex") == []


@given(st.sampled_from(["montpellier", "saintes", "rennes", "laval"]), st.data())
def test_any_single_slip_in_a_whole_word_is_forgiven(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from("abcxyz"))
    slip = data.draw(
        st.sampled_from(
            [
                word[:at] + word[at + 1 :],
                word[:at] + letter + word[at:],
                word[:at] + letter + word[at + 1 :],
                word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
            ]
        )
    )
    one = replace(MAYENNE, commune=word, name="x")
    assert found(one, text=slip) == [one.id]


# -- filters ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        ({}, ["cio-laval", "0350001Z", "e2c-paris", "ml-mayenne", "ml-nord"]),
        ({"postcode": "53000"}, ["cio-laval"]),
        ({"postcode": "53"}, ["cio-laval", "ml-mayenne"]),
        ({"academies": frozenset({"17", "28"})}, ["cio-laval", "ml-mayenne", "ml-nord"]),
        ({"academies": frozenset()}, []),
        ({"kinds": frozenset({StructureKind.ML})}, ["ml-mayenne", "ml-nord"]),
        ({"open_at": TEN}, ["cio-laval", "e2c-paris"]),
        ({"open_at": datetime(2026, 3, 16, 16, 0, tzinfo=UTC)}, []),
        ({"open_at": datetime(2026, 3, 16, 6, 0, tzinfo=UTC)}, ["ml-nord"]),
        ({"text": "mission", "postcode": "53", "kinds": frozenset({StructureKind.ML})}, ["ml-mayenne"]),
    ],
)
def test_every_wish_is_met(wanted: dict[str, object], ids: list[str]) -> None:
    assert found(**wanted) == ids


def test_one_that_is_closed_is_found_only_when_it_is_asked_for() -> None:
    gone = closed(LAVAL, date(2026, 3, 16))
    assert found(gone, RENNES) == [RENNES.id]
    assert found(gone, RENNES, closed_too=True) == [gone.id, RENNES.id]
    assert found(closed(LAVAL, date(2026, 3, 17))) == [LAVAL.id]
    assert found(replace(LAVAL, open_from=date(2026, 3, 17))) == []


# -- near -------------------------------------------------------------------------------------------


def test_the_nearest_is_first_and_says_how_far_and_how_surely() -> None:
    near = search(near="53000")
    assert [each.structure.id for each in near] == ["cio-laval", "ml-mayenne", "0350001Z", "e2c-paris", "ml-nord"]
    told = {str(each.structure.id): each.distance for each in near}
    assert told["cio-laval"] is not None
    assert (told["cio-laval"].km, told["cio-laval"].rough) == (0.0, False)
    assert told["0350001Z"] is not None
    assert 60 < told["0350001Z"].km < 75
    assert not told["0350001Z"].rough
    assert told["e2c-paris"] is not None
    assert told["e2c-paris"].rough


def test_within_a_departement_of_which_nothing_is_known_the_same_postcode_comes_first() -> None:
    def at(postcode: str) -> Structure:
        return replace(MAYENNE, id=StructureId(f"ml-{postcode}"), name=postcode[::-1], postcode=postcode)

    assert found(at("01000"), at("01200"), at("01210"), near="01210") == ["ml-01210", "ml-01200", "ml-01000"]


def test_near_no_postcode_of_ours_everything_is_found_and_no_distance_told() -> None:
    assert {each.distance for each in search(near="98000")} == {None}
    assert {each.distance for each in search()} == {None}


def test_ten_thousand_structures_are_searched_while_somebody_types() -> None:
    many = [
        replace(
            LAVAL,
            id=StructureId(f"s-{n}"),
            name=f"Structure {n % 977:x}",
            postcode=f"{n % 95 + 1:02}000",
            commune=f"Ville{n % 3001:x}",
        )
        for n in range(10_000)
        if f"{n % 95 + 1:02}" != "20"
    ]
    directory = Directory(many, academie_of)
    began = time.perf_counter()
    assert directory.find(Wanted("vile7", near="53000"), TEN)
    assert time.perf_counter() - began < 1.0  # about 0.1 s; generous for a busy machine


# -- centroids --------------------------------------------------------------------------------------


def test_every_departement_and_collectivity_has_its_prefecture() -> None:
    assert set(PREFECTURES) == set(NAMES)
    assert len(PREFECTURES) == 101 + 6


@pytest.mark.parametrize("departement", sorted(NAMES))
def test_every_prefecture_lies_in_its_part_of_the_world(departement: str) -> None:
    boxes = {
        "2": ((41.3, 8.5), (43.1, 9.6)),  # Corse
        "971": ((15.8, -61.9), (16.6, -61.0)),
        "972": ((14.3, -61.3), (14.9, -60.8)),
        "973": ((2.1, -54.7), (5.8, -51.6)),
        "974": ((-21.4, 55.2), (-20.8, 55.9)),
        "975": ((46.7, -56.5), (47.2, -56.1)),
        "976": ((-13.1, 44.9), (-12.6, 45.4)),
        "977": ((17.8, -63.0), (18.0, -62.7)),
        "978": ((18.0, -63.2), (18.2, -62.9)),
        "986": ((-14.4, -178.3), (-13.1, -176.1)),
        "987": ((-18.0, -150.0), (-17.0, -149.0)),
        "988": ((-22.8, 163.5), (-19.5, 168.2)),
    }
    metropole = ((42.3, -5.0), (51.2, 8.3))
    corse = departement in ("2A", "2B")
    (south, west), (north, east) = boxes.get("2" if corse else departement, metropole)
    latitude, longitude = PREFECTURES[departement]
    assert south <= latitude <= north
    assert west <= longitude <= east


@pytest.mark.parametrize(
    ("one", "other", "km"),
    [
        ((48.8566, 2.3522), (43.2965, 5.3698), 661),  # Paris, Marseille
        ((48.8566, 2.3522), (-20.8789, 55.4481), 9_385),  # Paris, Saint-Denis de La Réunion
        ((0, 179.5), (0, -179.5), 111),
        ((90, 0), (-90, 0), 20_015),
        ((48.0, 2.0), (48.0, 2.0), 0),
    ],
)
def test_distances_are_those_of_the_map(one: tuple[float, float], other: tuple[float, float], km: float) -> None:
    assert distance_km(Point(*one), Point(*other)) == pytest.approx(km, rel=0.005, abs=0.6)


POINTS = st.builds(Point, st.floats(-90, 90), st.floats(-180, 180))


@given(POINTS, POINTS, POINTS)
def test_a_way_back_is_as_long_and_a_detour_never_shorter(a: Point, b: Point, c: Point) -> None:
    assert distance_km(a, b) == pytest.approx(distance_km(b, a))
    assert distance_km(a, a) == 0
    assert distance_km(a, c) <= distance_km(a, b) + distance_km(b, c) + 1e-6


@pytest.mark.parametrize(
    ("postcode", "departement"),
    [
        ("53000", "53"),
        ("01000", "01"),
        ("20090", "2A"),
        ("20200", "2B"),
        ("20704", "2A"),
        ("97133", "977"),
        ("97150", "978"),
        ("97100", "971"),
        ("97400", "974"),
        ("98714", "987"),
        ("98000", None),
        ("99999", None),
        ("5300", None),
    ],
)
def test_a_postcode_lies_where_its_prefecture_is_looked_for(postcode: str, departement: str | None) -> None:
    assert departement_of(postcode) == departement
    assert (prefecture(postcode) is None) is (departement is None)


def test_every_postcode_that_has_a_clock_has_a_place_and_the_other_way_round() -> None:
    for number in range(100_000):
        postcode = f"{number:05}"
        assert (of_postcode(postcode) is None) is (departement_of(postcode) is None), postcode


def test_structures_refine_the_point_of_their_postcode() -> None:
    known = Centroids([("53000", Point(48.0, -0.6)), ("53000", Point(48.2, -0.8)), ("35000", Point(48.1, -1.7))])
    place = known.of("53000")
    assert place is not None
    assert not place.rough
    assert place.point.latitude == pytest.approx(48.1)
    assert place.point.longitude == pytest.approx(-0.7)
    assert known.of("53100") == Place(Point(*PREFECTURES["53"]), rough=True)
    assert known.of("98000") is None


@pytest.mark.parametrize(
    ("postcode", "point", "near"),
    [
        ("53000", (48.07, -0.77), True),
        ("53000", (-0.77, 48.07), False),
        ("33590", (45.55, -1.06), True),  # the end of Gironde
        ("97400", (20.9, 55.5), False),  # lost its sign
        ("97354", (3.64, -54.03), True),  # Maripasoula
        ("98741", (-8.92, -140.1), True),  # the Marquesas, of Tahiti
        ("97133", (17.9, -62.85), True),
        ("99999", (48.0, 2.0), False),
    ],
)
def test_coordinates_far_from_their_departement_are_told(postcode: str, point: tuple[float, float], near: bool) -> None:
    assert lies_near(postcode, Point(*point)) is near


@pytest.mark.parametrize("where", [(91, 0), (0, 181), (float("nan"), 0), (0, float("inf"))])
def test_a_point_that_is_nowhere_is_refused(where: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="is not between"):
        Point(*where)


def test_what_is_near_is_the_same_for_whoever_asks() -> None:
    directory = Directory(ALL, academie_of)
    assert directory.academie_of(PARIS.id) == "01"
    assert directory.academie_of(REUNION.id) == "28"
    assert directory.find(Wanted(near="35000"), TEN)[0].structure == RENNES

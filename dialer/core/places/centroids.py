"""Where a postcode lies, roughly: to say which of two structures is nearer, and by about how many kilometres.

Decides a point for every French postcode, and the distance of two points. Must not know the structures themselves, only
their points. There is no table of postcodes here: those are somebody else's data. What there is:

- *The prefecture of the département*, to 0.1° (facts of the map, ± 5 km). A place is typically 30 km from its
  prefecture and at most about 120; in Guyane 250, in Nouvelle-Calédonie 300, in Polynésie 1,600. So it tells which
  département is near, and nothing inside one: two such places of one département are 0 km apart.
- *The structures that gave their coordinates.* Where a postcode has any, their mean is its point, and is as good as
  they are: a few kilometres, the size of a postcode.

`Place.rough` says which of the two it is, and so do distances: a rough one is "about", never a promise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import asin, cos, isfinite, radians, sin, sqrt
from types import MappingProxyType

from dialer.core.places.departement import Departement, Nowhere, departements_of

EARTH_KM = 6371.0088
"""Mean radius (IUGG)."""


@dataclass(frozen=True, slots=True)
class Point:
    """In degrees north and east (WGS 84). ValueError when there is no such place."""

    latitude: float
    longitude: float

    def __post_init__(self) -> None:
        if not (isfinite(self.latitude) and abs(self.latitude) <= 90):
            raise ValueError(f"latitude {self.latitude} is not between -90 and 90")
        if not (isfinite(self.longitude) and abs(self.longitude) <= 180):
            raise ValueError(f"longitude {self.longitude} is not between -180 and 180")


@dataclass(frozen=True, slots=True)
class Place:
    """``rough``: no better than the prefecture of its département."""

    point: Point
    rough: bool


@dataclass(frozen=True, slots=True)
class Distance:
    km: float
    rough: bool


_PREFECTURES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "01": (46.2, 5.2), "02": (49.6, 3.6), "03": (46.6, 3.3), "04": (44.1, 6.2), "05": (44.6, 6.1),
        "06": (43.7, 7.3), "07": (44.7, 4.6), "08": (49.8, 4.7), "09": (43.0, 1.6), "10": (48.3, 4.1),
        "11": (43.2, 2.4), "12": (44.4, 2.6), "13": (43.3, 5.4), "14": (49.2, -0.4), "15": (44.9, 2.4),
        "16": (45.6, 0.2), "17": (46.2, -1.2), "18": (47.1, 2.4), "19": (45.3, 1.8), "2A": (41.9, 8.7),
        "2B": (42.7, 9.5), "21": (47.3, 5.0), "22": (48.5, -2.8), "23": (46.2, 1.9), "24": (45.2, 0.7),
        "25": (47.2, 6.0), "26": (44.9, 4.9), "27": (49.0, 1.2), "28": (48.4, 1.5), "29": (48.0, -4.1),
        "30": (43.8, 4.4), "31": (43.6, 1.4), "32": (43.6, 0.6), "33": (44.8, -0.6), "34": (43.6, 3.9),
        "35": (48.1, -1.7), "36": (46.8, 1.7), "37": (47.4, 0.7), "38": (45.2, 5.7), "39": (46.7, 5.6),
        "40": (43.9, -0.5), "41": (47.6, 1.3), "42": (45.4, 4.4), "43": (45.0, 3.9), "44": (47.2, -1.6),
        "45": (47.9, 1.9), "46": (44.4, 1.4), "47": (44.2, 0.6), "48": (44.5, 3.5), "49": (47.5, -0.6),
        "50": (49.1, -1.1), "51": (49.0, 4.4), "52": (48.1, 5.1), "53": (48.1, -0.8), "54": (48.7, 6.2),
        "55": (48.8, 5.2), "56": (47.7, -2.8), "57": (49.1, 6.2), "58": (47.0, 3.2), "59": (50.6, 3.1),
        "60": (49.4, 2.1), "61": (48.4, 0.1), "62": (50.3, 2.8), "63": (45.8, 3.1), "64": (43.3, -0.4),
        "65": (43.2, 0.1), "66": (42.7, 2.9), "67": (48.6, 7.7), "68": (48.1, 7.4), "69": (45.8, 4.8),
        "70": (47.6, 6.2), "71": (46.3, 4.8), "72": (48.0, 0.2), "73": (45.6, 5.9), "74": (45.9, 6.1),
        "75": (48.9, 2.4), "76": (49.4, 1.1), "77": (48.5, 2.7), "78": (48.8, 2.1), "79": (46.3, -0.5),
        "80": (49.9, 2.3), "81": (43.9, 2.1), "82": (44.0, 1.4), "83": (43.1, 5.9), "84": (43.9, 4.8),
        "85": (46.7, -1.4), "86": (46.6, 0.3), "87": (45.8, 1.3), "88": (48.2, 6.4), "89": (47.8, 3.6),
        "90": (47.6, 6.9), "91": (48.6, 2.4), "92": (48.9, 2.2), "93": (48.9, 2.4), "94": (48.8, 2.5),
        "95": (49.0, 2.1), "971": (16.0, -61.7), "972": (14.6, -61.1), "973": (4.9, -52.3), "974": (-20.9, 55.5),
        "975": (46.8, -56.2), "976": (-12.8, 45.2), "977": (17.9, -62.9), "978": (18.1, -63.1),
        "986": (-13.3, -176.2), "987": (-17.5, -149.6), "988": (-22.3, 166.4),
    }
)  # fmt: skip
"""By département, or collectivity: the town of its prefecture, or of the seat of the State there."""

_ACROSS_KM: Mapping[str, float] = MappingProxyType({"973": 450.0, "986": 350.0, "987": 2000.0, "988": 700.0})
_ACROSS_USUAL_KM = 200.0


def departement_of(postcode: str) -> Departement | None:
    """The one of its office, where two share it; None for what is no French postcode."""
    found = departements_of(postcode)
    return None if isinstance(found, Nowhere) else found[0]


def prefecture(postcode: str) -> Point | None:
    departement = departement_of(postcode)
    return Point(*_PREFECTURES[departement]) if departement is not None else None


def distance_km(one: Point, other: Point) -> float:
    """Along the surface of a sphere (haversine); at most 0.5 % from that of the ellipsoid."""
    lat, its_lat = radians(one.latitude), radians(other.latitude)
    half_lat = (its_lat - lat) / 2
    half_lon = radians(other.longitude - one.longitude) / 2
    chord = sin(half_lat) ** 2 + cos(lat) * cos(its_lat) * sin(half_lon) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(chord)))


def lies_near(postcode: str, point: Point) -> bool:
    """Whether something of that postcode can lie there: coordinates that changed places, or lost a sign, do not."""
    seat = prefecture(postcode)
    across_km = _ACROSS_KM.get(departement_of(postcode) or "", _ACROSS_USUAL_KM)
    return seat is not None and distance_km(seat, point) <= across_km


class Centroids:
    """The point of each postcode, refined by the points that are known there."""

    def __init__(self, known: Iterable[tuple[str, Point]] = ()) -> None:
        """``known``: postcodes of structures with their coordinates."""
        points: dict[str, list[Point]] = {}
        for postcode, point in known:
            points.setdefault(postcode, []).append(point)
        self._known = {postcode: _mean(theirs) for postcode, theirs in points.items()}

    def of(self, postcode: str) -> Place | None:
        """None: it is no French postcode."""
        known = self._known.get(postcode)
        if known is not None:
            return Place(known, rough=False)
        seat = prefecture(postcode)
        return Place(seat, rough=True) if seat is not None else None


def distance(one: Place, other: Place) -> Distance:
    return Distance(distance_km(one.point, other.point), one.rough or other.rough)


def _mean(points: list[Point]) -> Point:
    """Of points that lie close together; no postcode lies on both sides of 180°."""
    count = len(points)
    return Point(sum(each.latitude for each in points) / count, sum(each.longitude for each in points) / count)

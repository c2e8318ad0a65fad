"""Which units are offered for a case: the order has reasons, and more of what is good never harms."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.place import Position
from field.units.model import Shift, Unit
from field.units.nearest.rank import NOWHERE_M, RankedUnit, RankingRequest, UnitSnapshot, rank
from field.units.nearest.reasons import candidate
from field.units.nearest.service import skills_for
from field.units.places.model import PositionFix, UnitPosition

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
HERE = Position(lon=126.6424, lat=45.7567, accuracy_m=20)
SHIFT = Shift(NOW - timedelta(hours=4), NOW + timedelta(hours=4))


def unit(number: int, *skills: str, online: bool = True, shift: Shift | None = SHIFT) -> Unit:
    return Unit(f"app:{number}", f"{number} 组", online=online, skills=skills, shift=shift)


def at(north_m: float, *, age_s: float = 10, accuracy_m: float = 10) -> UnitPosition:
    fix = PositionFix(HERE.lon, HERE.lat + north_m / 111_195, accuracy_m, "app", NOW, NOW)
    return UnitPosition(fix, NOW - timedelta(seconds=age_s))


def names(found: object) -> list[str]:
    return [one.seen.unit.unit_id for one in found]  # type: ignore[attr-defined]


def codes(one: RankedUnit) -> list[str]:
    return [reason.code for reason in one.reasons]


def test_the_nearest_free_unit_with_the_skill_is_first_and_the_reasons_are_said() -> None:
    units = [
        UnitSnapshot(unit(1, "sewage"), at(3_000)),
        UnitSnapshot(unit(2, "sewage"), at(1_000)),
        UnitSnapshot(unit(3, "sewage"), at(500), jobs=2),
        UnitSnapshot(unit(4, "trees"), at(100)),
        UnitSnapshot(unit(5, "sewage", online=False), at(1_000)),
        UnitSnapshot(unit(6, "sewage")),
    ]
    found = rank(RankingRequest(HERE, frozenset({"sewage"})), units, NOW)
    assert names(found) == ["app:2", "app:1", "app:3", "app:5", "app:6", "app:4"]
    assert codes(found[0]) == ["has_skill", "near", "free", "on_shift"]
    assert codes(found[2]) == ["has_skill", "near", "jobs", "on_shift"]
    assert codes(found[5])[0] == "lacks_skill"
    shown = candidate(found[0])
    assert shown.reasons[1].en.startswith("1000 m away")
    assert shown.reasons[1].zh.startswith("相距 1000 米")


def test_an_old_or_vague_position_counts_for_less_than_a_fresh_one_a_little_farther() -> None:
    units = [
        UnitSnapshot(unit(1), at(500, age_s=1_200)),
        UnitSnapshot(unit(2), at(900)),
        UnitSnapshot(unit(3), at(500, accuracy_m=900)),
    ]
    assert names(rank(RankingRequest(HERE), units, NOW)) == ["app:2", "app:3", "app:1"]


def test_nobody_off_his_shift_no_revoked_unit_and_none_that_has_it() -> None:
    off = Shift(NOW + timedelta(hours=1), NOW + timedelta(hours=2))
    units = [
        UnitSnapshot(unit(1, shift=off), at(1)), UnitSnapshot(replace(unit(2), revoked_at=NOW), at(1)),
        UnitSnapshot(unit(3), at(1)), UnitSnapshot(unit(4, shift=None), at(9_000)),
    ]  # fmt: skip
    assert names(rank(RankingRequest(HERE, has_it=frozenset({"app:3"})), units, NOW)) == ["app:4"]


def test_a_case_without_coordinates_is_ranked_by_the_rest() -> None:
    units = [UnitSnapshot(unit(1), at(1), jobs=1), UnitSnapshot(unit(2))]
    found = rank(RankingRequest(None), units, NOW)
    assert names(found) == ["app:2", "app:1"]
    assert found[0].metres is None


def test_skills_are_those_of_the_longest_beginning_of_the_code() -> None:
    table = {"E05": ("flood",), "E0505": ("road", "crane"), "cjt214@2007/E04": ("old",)}
    assert skills_for("gbt30428.2@2013/E0505", table) == {"road", "crane"}
    assert skills_for("gbt30428.2@2013/E0501", table) == {"flood"}
    assert skills_for("cjt214@2007/E0401", table) == {"old"}
    assert skills_for("gbt30428.2@2013/P01", table) == frozenset()
    assert skills_for("", {"": ("x",)}) == frozenset()


PLACED = st.none() | st.builds(
    at,
    st.floats(0, 30_000),
    age_s=st.floats(0, 1e7),
    accuracy_m=st.floats(1, 20_000),
)
SEEN = st.builds(
    UnitSnapshot,
    st.builds(
        unit,
        st.integers(1, 30),
        st.sampled_from(["sewage", "trees"]),
        online=st.booleans(),
        shift=st.sampled_from([None, SHIFT]),
    ),
    PLACED,
    st.integers(0, 5),
)
ASKED = st.builds(
    RankingRequest, st.sampled_from([None, HERE]), st.sampled_from([frozenset(), frozenset({"sewage"})])
)


@given(ASKED, st.lists(SEEN, max_size=12, unique_by=lambda seen: seen.unit.unit_id), st.integers(0, 12))
def test_any_units_have_one_order_whatever_order_they_come_in(
    asked: RankingRequest, units: list[UnitSnapshot], most: int
) -> None:
    found = rank(asked, units, NOW, most=most)
    assert found == rank(asked, list(reversed(units)), NOW, most=most)
    assert len(found) == min(most, len(units))
    assert [one.score for one in found] == sorted(one.score for one in found)
    assert all(one.score >= 0 and one.reasons for one in found)


@given(ASKED, SEEN, st.sampled_from(["nearer", "fresher", "exacter", "freer", "online", "skilled"]))
def test_what_is_better_never_makes_a_unit_worse(asked: RankingRequest, seen: UnitSnapshot, how: str) -> None:
    placed = seen.placed
    if placed is not None and how == "fresher":
        better = replace(seen, placed=replace(placed, measured_at=NOW))
    elif placed is not None and how == "exacter":
        better = replace(seen, placed=replace(placed, fix=replace(placed.fix, accuracy_m=1.0)))
    elif placed is not None and how == "nearer":
        better = replace(seen, placed=replace(placed, fix=replace(placed.fix, lat=HERE.lat)))
    elif how == "freer":
        better = replace(seen, jobs=0)
    elif how == "online":
        better = replace(seen, unit=replace(seen.unit, online=True))
    else:
        better = replace(seen, unit=replace(seen.unit, skills=("sewage", "trees")))
    (before,), (after,) = rank(asked, [seen], NOW), rank(asked, [better], NOW)
    assert after.score <= before.score + 1e-6


@given(PLACED.filter(lambda placed: placed is not None))
def test_doubt_costs_no_more_than_knowing_nothing(placed: UnitPosition) -> None:
    (found,) = rank(RankingRequest(HERE), [UnitSnapshot(unit(1), placed)], NOW)
    assert found.metres is not None
    assert found.score - found.metres <= NOWHERE_M + 1e-6

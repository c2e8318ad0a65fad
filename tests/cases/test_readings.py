"""The same words of danger, said of a person and of a thing, of now and of never: pairs, and their table."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from cases.catalogue.loading import load_words
from cases.catalogue.readings import DangerReading, load_readings, readings_from
from cases.drafting.danger.finder import DangerFinder
from cases.drafting.danger.readings import Readings
from cases.drafting.danger.window import TextWindow
from cases.drafting.model import SpokenSegment
from cases.errors import BrokenTable

PAIRS = Path(__file__).parent / "told_apart.yaml"
LEAST_FOUND = {("tried", "zh"): 56, ("tried", "en"): 22, ("held", "zh"): 24, ("held", "en"): 11}
MOST_FALSE = {("tried", "zh"): 2, ("tried", "en"): 0, ("held", "zh"): 7, ("held", "en"): 4}
"""Of 56, 22, 25 and 12 pairs."""
MOST_MISSED = 6
"""Of 98 dangers in words that readings and cuts look for."""
RULES = frozenset({"fire", "trapped"})


def alarms(text: str) -> set[str]:
    segment = SpokenSegment(segment_id="x", speaker="citizen", text=text)
    return {alarm.number for alarm in DangerFinder(load_words()).find(segment).alarms}


def test_dangers_alarm_and_their_twins_do_not() -> None:
    pairs = yaml.safe_load(PAIRS.read_text(encoding="utf-8"))
    finder = DangerFinder(load_words())

    def alarmed(text: str) -> bool:
        return bool(finder.find(SpokenSegment(segment_id="x", speaker="citizen", text=text)).alarms)

    kept = pairs.pop("kept")
    groups = {(name, language): rows for name, of in pairs.items() for language, rows in of.items()}
    found = {key: sum(alarmed(row["danger"]) for row in rows) for key, rows in groups.items()}
    false = {key: sum(alarmed(row["none"]) for row in rows) for key, rows in groups.items()}
    assert all(found[key] >= least for key, least in LEAST_FOUND.items()), found
    assert all(false[key] <= most for key, most in MOST_FALSE.items()), false
    missed = [text for of in kept.values() for text in of if not alarmed(text)]
    assert len(missed) <= MOST_MISSED, missed


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("井盖掉井里了，我儿子也掉井里了", "119"),
        ("牌子掉水里了，有个孩子去捞也掉水里了", "119"),
        ("踩着井盖掉井里了", "119"),
        ("从墙头掉下来摔得起不来", "120"),
        ("掉水里了快来人", "119"),
        ("救护车进不来，我爸晕倒在楼道里", "120"),
        ("灶打不着火，一拧着火了，窗帘烧起来了", "119"),
        ("我还以为是放炮，是煤气罐爆炸了", "119"),
        ("烧烤摊着火了，冒黑烟", "119"),
        ("卖瓜的拿刀砍人", "110"),
        ("他有心脏病，现在犯了，胸口疼", "120"),
        ("the lid fell into the drain and a boy fell into it too", "119"),
        ("the roof came down on the workers, they are buried", "119"),
        ("an ambulance couldn't get in and my wife is unconscious", "120"),
        ("炉子打不着火没气了。我爸一摸，没气了", "120"),
        ("我爸是不是没气了", "120"),
    ],
)
def test_a_danger_beside_what_is_none_alarms(text: str, number: str) -> None:
    assert number in alarms(text)


@pytest.mark.parametrize("text", ["炉子打不着火，是不是没气了", "煤气罐是不是没气了", "灶点不着，没气了"])
def test_a_reading_holds_for_a_sign_too(text: str) -> None:
    assert alarms(text) == set()


def test_what_is_a_hazard_stays_urgent() -> None:
    segment = SpokenSegment(segment_id="x", speaker="citizen", text="隔离墩掉河里了")
    found = DangerFinder(load_words()).find(segment)
    assert not found.alarms
    assert [one.value for one in found.urgent] == ["urgent"]


def test_a_reading_is_bound_to_its_words(tmp_path: Path) -> None:
    table = "{id: lid, rules: [trapped], before: {zh: ['$thing']}, unless: {zh: [快来]}}"
    readings = Readings(read_table(tmp_path, table))
    for text, verdict in (("盖掉井里", "nothing"), ("盖没了，掉井里", "alarm"), ("盖掉井里快来", "alarm")):
        window = TextWindow.of(SpokenSegment(segment_id="x", speaker="citizen", text=text))
        start = text.index("掉")
        assert readings.verdict(window, start, start + 3, "trapped") == verdict
        assert readings.verdict(window, start, start + 3, "fire") == "alarm"


@pytest.mark.parametrize(
    "row",
    [
        "{id: x, rules: [flood], words: {zh: [水]}}",
        "{id: x, rules: [fire], words: {zh: ['$nobody']}}",
        "{id: x, rules: [fire], words: {zh: ['(']}}",
        "{id: x, rules: [fire], unless: {zh: [水]}}",
    ],
)
def test_a_broken_row_is_refused(tmp_path: Path, row: str) -> None:
    with pytest.raises(BrokenTable, match="danger reading x"):
        read_table(tmp_path, row)


def test_the_shipped_table_holds() -> None:
    assert len({reading.id for reading in load_readings()}) == len(load_readings())


def read_table(folder: Path, row: str) -> tuple[DangerReading, ...]:
    path = folder / "readings.yaml"
    path.write_text("sets: {thing: {zh: 盖, en: lid}}\nrows:\n  - " + row + "\n", encoding="utf-8")
    return readings_from(path, RULES)

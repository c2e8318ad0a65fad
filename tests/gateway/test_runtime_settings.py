"""What each setting takes, what a change of it touches, and what the switch is given."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from cases.catalogue import load_catalogues
from cases.catalogue.departments import load_departments
from cases.gazetteer import load_gazetteer
from cdr.retention.model import RetentionRule
from core.clock import SystemClock
from core.storage import Storage
from gateway.asterisk.changed import HEAD
from gateway.asterisk.settings import QueueSettings
from gateway.asterisk.trunks import Trunk
from gateway.settings import Settings
from gateway.wiring.runtime_settings.departments import DepartmentsSetting
from gateway.wiring.runtime_settings.opening_hours import OpeningHoursSetting
from gateway.wiring.runtime_settings.places import PlacesSetting
from gateway.wiring.runtime_settings.queues import QueuesSetting
from gateway.wiring.runtime_settings.registry import StoredCounts, runtime_settings_of
from gateway.wiring.runtime_settings.retention import RetentionSetting
from gateway.wiring.runtime_settings.trunk_limits import TrunkLimitsSetting
from hotline.service import Hotline
from ivr.calendar.model import Calendar
from runtime_settings.errors import SettingInvalid
from runtime_settings.ports import RuntimeSetting
from tests.peers.asterisk import private_settings

QUEUES = (QueueSettings(name="hotline"), QueueSettings(name="reserve"))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    switch = private_settings(tmp_path / "asterisk", queues=QUEUES, rtp_ports=10)
    carrier = Trunk(name="carrier", match=("192.0.2.1",), calls_at_once=29)
    switch = type(switch).model_validate({**dict(switch), "trunks": (carrier,)})
    hotline = {"queues": ["hotline", "reserve"], "needs": {"reserve": [{"skill": "language:en"}]}}
    return Settings(asterisk=switch, hotline=hotline)


def queue(value: Any, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(row for row in value["queues"] if row["name"] == name)
    return found


def test_each_value_of_the_file_is_taken_as_it_is_and_is_json(settings: Settings, storage: Storage) -> None:
    for one in runtime_settings_of(settings, storage):
        value = one.imported()
        assert one.checked(value) == value, one.name
        assert json.loads(json.dumps(value)) == value, one.name
        assert one.schema()["type"] == "object", one.name


def test_queues_of_the_file_with_their_skills(settings: Settings) -> None:
    value = QueuesSetting(settings).imported()
    assert queue(value, "reserve")["needs"] == [{"skill": "language:en", "at_least": 1}]
    assert queue(value, "hotline")["strategy"] == "rrmemory"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"strategy": "loud"}, "strategy"),
        ({"ring_seconds": 3}, "ring_seconds"),
        ({"overflow_to": "nowhere"}, "must be one of the queues"),
        ({"overflow_to": "hotline"}, "must be another queue"),
        ({"overflow_after_s": 30}, "needs overflow_to"),
        ({"reassure": "x\nexten => s"}, "reassure"),
        ({"needs": [{"skill": "sex:f"}]}, "skill"),
        ({"name": "unknown"}, "is not in [[asterisk.queues]]"),
    ],
)
def test_a_queue_that_cannot_be_used_is_refused_with_its_place(
    settings: Settings, change: dict[str, Any], why: str
) -> None:
    setting = QueuesSetting(settings)
    value = setting.imported()
    queue(value, "hotline").update(change)
    with pytest.raises(SettingInvalid) as refused:
        setting.checked(value)
    said = [problem.in_language("en") for problem in refused.value.problems]
    assert any(why in one for one in said), said


def test_what_is_refused_is_told_in_chinese_too(settings: Settings) -> None:
    queues, trunks = QueuesSetting(settings), TrunkLimitsSetting(settings)
    unknown = queues.imported()
    queue(unknown, "hotline").update(name="other")
    foreign = {"name": "other", "calls_at_once": 1, "calls_per_minute": 1}
    week = {"calendar": {"weekly": {"monday": ["20:00-08:00"]}}}
    tried: list[tuple[RuntimeSetting, Any, str]] = [
        (queues, unknown, "请先在那里添加"),
        (trunks, trunks.imported() | {"trunks": [foreign, foreign]}, "重复出现"),
        (OpeningHoursSetting(settings, SystemClock()), week, "开始须早于结束"),
    ]
    for setting, value, why in tried:
        with pytest.raises(SettingInvalid) as refused:
            setting.checked(value)
        assert any(why in one.in_language("zh") for one in refused.value.problems), setting.name


def test_a_queue_that_the_file_has_since_then_is_added(settings: Settings) -> None:
    setting = QueuesSetting(settings)
    value = {"queues": [queue(setting.imported(), "hotline")]}
    assert [row["name"] for row in setting.checked(value)["queues"]] == ["hotline", "reserve"]


def told(settings: Settings, what: str) -> str:
    assert settings.asterisk is not None
    file = settings.asterisk.changed_file(what)
    return file.read_text().removeprefix(HEAD) if file.exists() else "no file"


async def applied(setting: Any, value: Any) -> None:
    """No switch runs here: the files are written, and their reading is refused."""
    with pytest.raises(Exception, match=r"asterisk\.ctl"):
        await setting.apply(value)


async def test_the_switch_is_given_only_what_differs(settings: Settings) -> None:
    setting = QueuesSetting(settings)
    value = setting.imported()
    await setting.apply(value)
    assert told(settings, "queue-hotline") == "no file", "nothing differs from what was rendered"
    queue(value, "hotline").update(strategy="ringall", capacity=30)
    await applied(setting, setting.checked(value))
    assert told(settings, "queue-hotline") == "strategy = ringall\nmaxlen = 30\n"


async def test_a_queue_that_the_version_in_force_does_not_know_is_tried(settings: Settings) -> None:
    registry = SimpleNamespace(ledger=SimpleNamespace(agents={}))
    hotline = SimpleNamespace(registry=registry, queues=SimpleNamespace(by_name={}))
    setting = QueuesSetting(settings, cast("Hotline", hotline))
    after = setting.imported()
    before = {"queues": [queue(after, "hotline")]}
    effect = await setting.effect(before, after)
    assert any("skills for" in note.in_language("en") for note in effect.notes), "reserve needs English"


async def test_limits_become_globals_of_the_dialplan(settings: Settings) -> None:
    setting = TrunkLimitsSetting(settings)
    value = setting.imported()
    value |= {"total_at_once": 7, "allowed": ["mobile", "local"]}
    value["trunks"][0]["calls_at_once"] = 5
    await applied(setting, setting.checked(value))
    assert told(settings, "limits") == (
        "LIMIT_ALLOWED = mobile-local\nLIMIT_TOTAL_AT_ONCE = 7\nTRUNK_AT_ONCE_carrier = 5\n"
    )
    with pytest.raises(SettingInvalid, match="is not in"):
        setting.checked(value | {"trunks": [{"name": "other", "calls_at_once": 1, "calls_per_minute": 1}]})


async def test_hours_say_how_many_calls_came_at_times_that_change(settings: Settings) -> None:
    sunday = datetime(2026, 11, 29, 4, tzinfo=UTC)  # noon in Harbin

    async def times(_since: datetime) -> list[datetime]:
        return [sunday, sunday + timedelta(days=1)]

    setting = OpeningHoursSetting(settings, SystemClock(), times)
    week = {day: ["08:00-20:00"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")}
    value = setting.checked({"calendar": {"weekly": week}})
    assert value["calendar"]["weekly"]["monday"] == ["08:00-20:00"]
    effect = await setting.effect({"calendar": None}, value)
    assert effect.touches == {"calls_of_28_days": 1}
    assert any("60 days" in note.in_language("en") for note in effect.notes)
    with pytest.raises(SettingInvalid, match="begin before it ends"):
        setting.checked({"calendar": {"weekly": {"monday": ["20:00-08:00"]}}})


async def test_each_minute_of_the_calls_is_asked_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    noon = datetime(2026, 11, 29, 4, tzinfo=UTC)
    asked, is_open = [], Calendar.is_open

    def counted(self: Calendar, at: datetime) -> bool:
        asked.append(threading.current_thread())
        return is_open(self, at)

    async def times(_since: datetime) -> list[datetime]:
        return [noon + timedelta(milliseconds=one) for one in range(10_000)]

    monkeypatch.setattr(Calendar, "is_open", counted)
    setting = OpeningHoursSetting(settings, SystemClock(), times)
    effect = await setting.effect({"calendar": None}, setting.checked({"calendar": {"weekly": {}}}))
    assert effect.touches == {"calls_of_28_days": 10_000}
    beside = [thread for thread in asked if thread is not threading.main_thread()]
    assert len(beside) == 2, "once by the old hours, once by the new"
    assert len(asked) < 10


async def test_retention_that_erases_more_cannot_be_undone(settings: Settings, any_storage: Storage) -> None:
    setting = RetentionSetting(settings, any_storage)
    value = setting.checked({"calls": [{"kind": "recordings", "days": 30}], "talkgroups": []})
    effect = await setting.effect(setting.imported(), value)
    assert (effect.undoable, effect.touches) == (True, {}), "no call is old enough"
    counts = StoredCounts(any_storage)
    assert list(await counts.call_times(datetime(2026, 1, 1, tzinfo=UTC))) == []
    assert await counts.open_cases(["gbt30428.2@2013:E0501"]) == 0


def test_less_than_a_day_is_kept_by_the_settings_file_alone(settings: Settings, storage: Storage) -> None:
    rule = {"kind": "recordings", "days": 0.5}
    value = {"calls": [rule], "talkgroups": []}
    with pytest.raises(SettingInvalid, match="less than a day"):
        RetentionSetting(settings, storage).checked(value)
    kept = settings.cdr.model_copy(update={"retention": [RetentionRule.model_validate(rule)]})
    setting = RetentionSetting(settings.model_copy(update={"cdr": kept}), storage)
    assert setting.checked(setting.imported())["calls"][0]["days"] == 0.5


async def test_a_change_that_cannot_be_counted_counts_as_one_that_erases_more(
    settings: Settings, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.wiring.runtime_settings.retention.COUNTING_S", 0)
    setting = RetentionSetting(settings, storage)
    value = setting.checked({"calls": [{"kind": "recordings", "days": 30}], "talkgroups": []})
    effect = await setting.effect(value, value)
    assert (effect.undoable, effect.at_least) == (False, True)


async def test_places_are_found_from_the_next_sentence_on_and_other_programs_read_them(
    settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "places.csv"
    own = settings.model_copy(
        update={"cases": settings.cases.model_copy(update={"own_gazetteer": file})}
    )  # fmt: skip
    gazetteer = load_gazetteer()
    setting = PlacesSetting(own, gazetteer)
    place = {"name_zh": "锦绣花园", "kind": "estate", "accuracy_m": 500, "source": "survey"}
    value = setting.checked({"places": [place]})
    effect = await setting.effect({"places": []}, value)
    assert effect.touches == {"added": 1, "replaced": 0, "removed": 0}
    await setting.apply(value)
    assert [hit.place.name_zh for hit in gazetteer.find_written("在锦绣花园门口")] == ["锦绣花园"]
    assert any(one.name_zh == "锦绣花园" for one in load_gazetteer(file).places)
    await setting.apply({"places": []})
    assert gazetteer.find_written("在锦绣花园门口") == []
    with pytest.raises(SettingInvalid, match="twice"):
        setting.checked({"places": [place, place]})


async def test_departments_replace_by_class(settings: Settings) -> None:
    catalogue = load_catalogues().default
    departments = load_departments(catalogue)

    async def open_cases(refs: Any) -> int:
        return 10 * len(refs)

    setting = DepartmentsSetting(settings, catalogue, open_cases, departments)
    row = {"codes": ["E0501"], "name_zh": "城市水务局", "name_en": "Water", "source": "三定方案"}
    value = setting.checked({"departments": [row]})
    effect = await setting.effect({"departments": []}, value)
    assert effect.touches == {"classes": 1, "cases": 10}
    await setting.apply(value)
    known = catalogue.get("E0501")
    assert known is not None
    now = departments.of(known.ref)
    assert now is not None
    assert now.name_zh == "城市水务局"
    with pytest.raises(SettingInvalid, match="E9999"):
        setting.checked({"departments": [row | {"codes": ["E9999"]}]})

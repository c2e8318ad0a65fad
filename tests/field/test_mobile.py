"""The terminal's contract: any bytes are a message or are dropped, and a driver hands on only good ones."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import ManualClock
from core.ids import uuid7
from core.malformed import Malformed
from core.place import Position
from field.contract.mobile import codec, crew, topics
from field.contract.mobile.messages import (
    DOWN,
    UP,
    CaseMessage,
    Command,
    PresenceMessage,
    StatusMessage,
    Sync,
)
from field.contract.port import SaidSeen, SaidText, UnitDriver
from field.dispatches.model import DownlinkState, JobContent, UnitJob, UnitReportEntry
from field.emergency.model import AcknowledgeEmergency, Clear, EmergencyReceived, Person, apply
from field.events import TextState
from field.mobile.radio.driver import MobileDriver
from field.photos.model import MOST_BYTES, Announced, Photo, PhotoState
from field.texts.model import TextReceived, UnitText
from tests.field.conftest import UNIT, content
from tests.mqtt.fakes import FakeLink

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MODELS = [*UP.values(), *crew.UP.values(), *DOWN.values(), *crew.DOWN.values(), PresenceMessage]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["msg_id", "seq", "ts", "schema", "dispatch_id", "step", "jobs", "job", "cmd", "online"]
            ),
            inner | st.just(str(uuid7())) | st.just("2026-01-01T00:00:00Z"),
            max_size=8,
        )
    ),
    max_leaves=15,
)


@given(st.sampled_from(MODELS), st.binary(max_size=400) | JSON.map(lambda made: json.dumps(made).encode()))
def test_any_bytes_are_a_message_or_malformed(model: type[StatusMessage], payload: bytes) -> None:
    try:
        message = codec.decode(model, payload)
    except Malformed:
        return
    assert isinstance(message, model)


@given(st.text(max_size=200))
def test_any_topic_is_a_units_or_malformed(topic: str) -> None:
    with pytest.raises(Malformed):
        topics.parse("harbin", topic)


@pytest.mark.parametrize(
    "uid", ["app:17/x", "app:+", "app:#", "app", "app:", ":17", "APP:17", "app:1 7", "app:17\n"]
)
def test_a_name_that_could_widen_a_topic_is_no_unit(uid: str) -> None:
    with pytest.raises(Malformed):
        topics.parse("harbin", f"v1/harbin/unit/{uid}/state")


def test_topics_of_a_unit_come_back_as_they_were_made() -> None:
    assert topics.parse("harbin", topics.up("harbin", UNIT, "ack")) == topics.TopicAddress(UNIT, "up", "ack")
    assert topics.parse("harbin", topics.down("harbin", UNIT, "case")) == topics.TopicAddress(
        UNIT, "down", "case"
    )
    assert topics.parse("harbin", topics.state("harbin", UNIT)) == topics.TopicAddress(UNIT, "state")
    with pytest.raises(Malformed):
        topics.parse("other-city", topics.state("harbin", UNIT))


def status(**changes: object) -> bytes:
    whole = {
        "msg_id": str(uuid7()), "seq": 4, "ts": "2026-01-01T08:00:00+08:00", "schema": "unit.status/1",
        "dispatch_id": str(uuid7()), "step": "done", "note": "已清理",
    }  # fmt: skip
    return json.dumps({**whole, **changes}).encode()


@pytest.mark.parametrize(
    "changes",
    [
        {"step": "finished"}, {"seq": -1}, {"seq": 2**31}, {"ts": "2026-01-01T08:00:00"}, {"msg_id": "7"},
        {"note": "x" * 2001}, {"dispatch_id": None},
    ],
)  # fmt: skip
def test_what_is_against_the_contract_is_malformed(changes: dict[str, object]) -> None:
    with pytest.raises(Malformed):
        codec.decode(StatusMessage, status(**changes))


def test_control_characters_do_not_come_in() -> None:
    assert codec.decode(StatusMessage, status(note="a\x00b\x1b[31mc\n文")).note == "ab[31mc\n文"


def test_too_long_a_payload_is_not_even_read() -> None:
    with pytest.raises(Malformed, match="too long"):
        codec.decode(StatusMessage, b" " * (codec.MAX_UP_BYTES + 1))


class Sink:
    def __init__(self) -> None:
        self.all_reports: list[UnitReportEntry] = []
        self.hellos: list[tuple[str, int]] = []
        self.presences: list[tuple[str, bool]] = []
        self.all_texts: list[SaidText] = []
        self.seens: list[SaidSeen] = []
        self.emergencies: list[EmergencyReceived] = []
        self.photos: list[Announced] = []

    async def reports(self, reports: Sequence[UnitReportEntry]) -> None:
        self.all_reports += reports

    async def hello(self, unit_id: str, last_seq: int) -> None:
        self.hellos.append((unit_id, last_seq))

    async def presence(self, unit_id: str, *, online: bool) -> None:
        self.presences.append((unit_id, online))

    async def texts(self, said: Sequence[SaidText]) -> None:
        self.all_texts += said

    async def seen(self, said: Sequence[SaidSeen]) -> None:
        self.seens += said

    async def emergency(self, said: EmergencyReceived, msg_id: UUID) -> None:
        self.emergencies.append(said)

    async def photo(self, said: Announced) -> None:
        self.photos.append(said)


async def nothing() -> None:
    """The network came back; nothing waits here."""


def driver_on(link: FakeLink) -> tuple[MobileDriver, Sink]:
    driver, sink = MobileDriver(link, ManualClock(NOW), tenant="harbin", receipt_expiry_s=60), Sink()
    driver.attach(sink, nothing)
    return driver, sink


async def test_the_driver_hands_on_what_is_said_and_whose_it_is() -> None:
    link = FakeLink()
    _, sink = driver_on(link)
    await link.give(topics.up("harbin", UNIT, "status"), status())
    await link.give(topics.state("harbin", UNIT), b'{"online": true}')
    await link.give(topics.state("harbin", UNIT), b"")
    hello = json.dumps(
        {"msg_id": str(uuid7()), "seq": 1, "ts": "2026-01-01T00:00:00Z", "last_seq": 3}
    ).encode()
    await link.give(topics.up("harbin", UNIT, "hello"), hello)
    (report,) = sink.all_reports
    assert (report.unit_id, report.step, report.note, report.seq) == (UNIT, "done", "已清理", 4)
    assert sink.presences == [(UNIT, True), (UNIT, False)]
    assert sink.hellos == [(UNIT, 3)]


async def test_a_clock_that_is_wrong_by_a_day_does_not_move_what_was_done() -> None:
    link = FakeLink()
    _, sink = driver_on(link)
    for sign in (1, -1):
        made = NOW + sign * timedelta(days=1, minutes=-1)
        sent = made + timedelta(minutes=20)
        body = status(ts=made.isoformat(), sent=sent.isoformat())
        await link.give(topics.up("harbin", UNIT, "status"), body)
    assert [report.reported_at for report in sink.all_reports] == [NOW - timedelta(minutes=20)] * 2


async def test_a_clock_set_back_between_saying_and_sending_makes_nothing_future() -> None:
    link = FakeLink()
    _, sink = driver_on(link)
    body = status(ts=(NOW + timedelta(days=2)).isoformat(), sent=NOW.isoformat())
    await link.give(topics.up("harbin", UNIT, "status"), body)
    assert sink.all_reports[0].reported_at == NOW


def said(**fields: object) -> bytes:
    """A message that was said a minute ago by a clock that is a day ahead."""
    ahead = NOW + timedelta(days=1)
    head = {"msg_id": str(uuid7()), "seq": 1, "ts": (ahead - timedelta(minutes=1)).isoformat()}
    return json.dumps({**head, "sent": ahead.isoformat(), **fields}).encode()


async def test_texts_and_alarms_come_with_the_centres_times() -> None:
    link = FakeLink()
    _, sink = driver_on(link)
    of, alarm = uuid7(), uuid7()
    fix = {"lon": 126.6, "lat": 45.7, "accuracy_m": 8, "fix_at": (NOW + timedelta(hours=23)).isoformat()}
    raised = (NOW + timedelta(days=1, seconds=-4)).isoformat()
    await link.give(topics.up("harbin", UNIT, "text"), said(text="路口\x00积水"))
    await link.give(topics.up("harbin", UNIT, "seen"), said(of=str(of), step="displayed"))
    body = said(alarm_id=str(alarm), repeat=3, raised_at=raised, fix=fix)
    await link.give(topics.up("harbin", UNIT, "emergency"), body)
    (text,) = sink.all_texts
    assert (text.text, text.said_at) == ("路口积水", NOW - timedelta(minutes=1))
    (seen,) = sink.seens
    assert (seen.unit_id, seen.of, seen.seen) == (
        UNIT,
        of,
        TextReceived("displayed", NOW - timedelta(minutes=1)),
    )
    (heard,) = sink.emergencies
    assert (heard.alarm_id, heard.at, heard.said_at) == (alarm, NOW, NOW - timedelta(seconds=4))
    assert (heard.position, heard.position_at) == (
        Position(lon=126.6, lat=45.7, accuracy_m=8), NOW - timedelta(hours=1),
    )  # fmt: skip


AN_HOUR_AGO = (NOW + timedelta(hours=23)).isoformat()
"""By a clock that is a day ahead."""
PICTURE: dict[str, object] = {"size": 4000, "sha256": "0" * 64, "taken_at": AN_HOUR_AGO}


async def test_a_photo_is_as_old_as_it_was_whatever_the_terminals_clock_says() -> None:
    link = FakeLink()
    _, sink = driver_on(link)
    photo, job = uuid7(), uuid7()
    fix = {"lon": 126.6, "lat": 45.7, "accuracy_m": 8, "fix_at": AN_HOUR_AGO}
    body = said(photo_id=str(photo), dispatch_id=str(job), fix=fix, **PICTURE)
    await link.give(topics.up("harbin", UNIT, "photo"), body)
    later = {**PICTURE, "taken_at": (NOW + timedelta(days=9)).isoformat()}
    await link.give(topics.up("harbin", UNIT, "photo"), said(photo_id=str(photo), **later))
    first, future = sink.photos
    assert (first.photo_id, first.unit_id, first.dispatch_id, first.size) == (photo, UNIT, job, 4000)
    assert (first.taken_at, future.taken_at) == (NOW - timedelta(hours=1), NOW)
    assert first.place == Position(lon=126.6, lat=45.7, accuracy_m=8)
    assert str(first.msg_id) == json.loads(body)["msg_id"]


async def test_a_ticket_names_the_announcement_that_it_answers() -> None:
    link = FakeLink()
    driver, _ = driver_on(link)
    of, photo = uuid7(), Photo(uuid7(), UNIT, 10, "0" * 64, NOW, NOW)
    await driver.send_ticket(photo, "secret", 8, of)
    await driver.send_ticket(replace(photo, state=PhotoState.KEPT), "", 9, of)
    down = [json.loads(payload) for _topic, payload, *_ in link.published]
    assert [(one["cmd"], one["of"], one["photo_id"], one["ticket"], one["reason"]) for one in down] == [
        ("ticket", str(of), str(photo.photo_id), "secret", ""),
        ("ticket", str(of), str(photo.photo_id), "", "kept"),
    ]


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("photo", {"size": 0}), ("photo", {"size": MOST_BYTES + 1}), ("photo", {"sha256": "0" * 63}),
        ("photo", {"sha256": "../" + "0" * 61}), ("photo", {"photo_id": "../../etc/passwd"}),
        ("photo", {"fix": {"lon": 126}}),
        ("text", {"text": ""}), ("text", {"text": "x" * 1001}), ("text", {"text": "\x00"}),
        ("seen", {"of": "x"}),
        ("seen", {"step": "read"}), ("emergency", {"repeat": 0}), ("emergency", {"fix": {"lon": 181}}),
    ],
)  # fmt: skip
async def test_words_alarms_and_photos_that_are_none_are_dropped(
    kind: str, fields: dict[str, object]
) -> None:
    link = FakeLink()
    _, sink = driver_on(link)
    all_right: dict[str, dict[str, object]] = {
        "text": {"text": "x"}, "seen": {"of": str(uuid7()), "step": "delivered"},
        "emergency": {"alarm_id": str(uuid7()), "raised_at": NOW.isoformat()},
        "photo": {"photo_id": str(uuid7()), **PICTURE},
    }  # fmt: skip
    right = all_right[kind]
    await link.give(topics.up("harbin", UNIT, kind), said(**right))
    assert len([*sink.all_texts, *sink.seens, *sink.emergencies, *sink.photos]) == 1
    await link.give(topics.up("harbin", UNIT, kind), said(**{**right, **fields}))
    assert len([*sink.all_texts, *sink.seens, *sink.emergencies, *sink.photos]) == 1


async def test_a_text_and_an_answer_go_down_as_the_contract_says() -> None:
    link = FakeLink()
    driver, _ = driver_on(link)
    text = UnitText(uuid7(), UNIT, "down", TextState.QUEUED, "绕行", "anna", "安娜", NOW, NOW, 5)
    assert await driver.send_text(text)
    first = EmergencyReceived(uuid7(), UNIT, NOW, NOW)
    raised, _ = apply(None, first)
    answered, _ = apply(raised, AcknowledgeEmergency(Person("anna", "安娜"), NOW))
    cleared, _ = apply(answered, Clear(Person("boris", "鲍里斯"), NOW, "误按"))
    assert answered is not None
    assert cleared is not None
    await driver.send_alarm(answered, 6)
    await driver.send_alarm(cleared, 7)
    down = [json.loads(payload) for _topic, payload, *_ in link.published]
    assert (down[0]["msg_id"], down[0]["text"], down[0]["by"]) == (str(text.text_id), "绕行", "安娜")
    assert [(one["cmd"], one["alarm_id"], one["by"], one["reason"]) for one in down[1:]] == [
        ("acknowledge", str(first.alarm_id), "安娜", ""), ("clear", str(first.alarm_id), "鲍里斯", "误按"),
    ]  # fmt: skip


async def test_the_driver_drops_what_it_cannot_read_and_goes_on() -> None:
    link = FakeLink()
    _, sink = driver_on(link)
    for kind in ("ack", "status", "hello", "location", "no-such"):
        await link.give(topics.up("harbin", UNIT, kind), b"\xff{")
    await link.give(topics.state("harbin", UNIT), b"[]")
    assert (sink.all_reports, sink.hellos, sink.presences) == ([], [], [])


async def test_what_goes_down_is_what_the_contract_says() -> None:
    link = FakeLink()
    made, _ = driver_on(link)
    driver: UnitDriver = made
    job = UnitJob(uuid7(), UNIT, DownlinkState.QUEUED, content(), 5, uuid7(), NOW)
    of = uuid7()
    assert await driver.send_job(job)
    await driver.send_recall(job)
    await driver.send_receipt(UNIT, of, 7)
    await driver.send_open_jobs(UNIT, [job], 8, complete=True)
    (case, recall, receipt, sync) = link.published
    told = codec.decode(CaseMessage, case[1])
    assert case[0] == "v1/harbin/unit/app:17/down/case"
    assert (told.seq, told.msg_id, told.schema_name) == (5, job.msg_id, "unit.case/1")
    assert told.job.place == content().place
    assert codec.decode(Command, recall[1]).dispatch_id == job.dispatch_id
    assert codec.decode(Command, receipt[1]).of == of
    assert [item.dispatch_id for item in codec.decode(Sync, sync[1]).jobs] == [job.dispatch_id]


async def test_a_list_too_long_for_a_terminal_is_cut_and_says_so() -> None:
    link = FakeLink()
    driver, _ = driver_on(link)
    long = JobContent("字" * 200, "字" * 200, "字" * 200, "字" * 1000, lon=126.6, lat=45.7, accuracy_m=50)
    jobs = [UnitJob(UUID(int=n), UNIT, DownlinkState.OPEN, long, n, uuid7(), NOW) for n in range(40)]
    await driver.send_open_jobs(UNIT, jobs, 1, complete=True)
    told = codec.decode(Sync, link.published[0][1], limit=codec.MAX_DOWN_BYTES)
    assert not told.complete
    assert [job.dispatch_id for job in told.jobs] == [UUID(int=n) for n in range(len(told.jobs))]
    assert 5 < len(told.jobs) < 40

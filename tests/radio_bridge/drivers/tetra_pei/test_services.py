"""Short data at the centre, on a clock that stands still."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radio_bridge.codecs import sds
from radio_bridge.codecs.sds_parts import Concatenation
from radio_bridge.drivers.tetra_pei import at, texts
from radio_bridge.drivers.tetra_pei.identity import Home, TetraIdentity
from radio_bridge.drivers.tetra_pei.services import (
    ALARM_S,
    SAME_S,
    TEXT_AGAIN_S,
    TEXT_KEPT_S,
    Alarmed,
    Displayed,
    PeiDataServices,
    SdsAccepted,
    SdsDelivered,
    SdsFailed,
    SdsTextReceived,
    SdsTransmit,
    StatusSaid,
    Step,
    TetraPosition,
    TetraRegistered,
)

HOME = Home(460, 1)
CREW, OWN = TetraIdentity(2_621_017), TetraIdentity(1001, HOME)
NAME, PRESENT_S = "2621017", 600.0
EMERGENCY_POSITION = bytes.fromhex("0a010e6239b0439affe020")
"""Of the brew-server's documentation: reason 2."""


class World:
    def __init__(self) -> None:
        self.now = 0.0
        self.services = PeiDataServices(lambda: self.now, present_s=PRESENT_S)
        self.services.own = OWN

    def hear(
        self,
        content: sds.Sds | bytes,
        *,
        who: TetraIdentity | None = CREW,
        to: TetraIdentity = OWN,
        service: int = 0,
    ) -> list[Step]:
        data = content if isinstance(content, bytes) else sds.encode(content)
        kind = service or (
            at.STATUS if isinstance(content, sds.SdsStatus | sds.SdsShortReport) else at.TYPE_4
        )
        return self.services.short_data(at.ShortData(kind, who, to, 8 * len(data), data))

    def there(self) -> None:
        self.services.heard(CREW)

    def text(self, words: str, ref: UUID) -> list[sds.SdsText]:
        """What goes to the crew's radio."""
        return [read(one) for one in self.services.text(NAME, ref, words) if isinstance(one, SdsTransmit)]


def read(step: Step) -> sds.SdsText:
    assert isinstance(step, SdsTransmit)
    found = sds.decode(step.data, step.bits)
    assert isinstance(found, sds.SdsText)
    return found


def reports(steps: list[Step]) -> list[sds.Sds]:
    return [sds.decode(one.data, one.bits) for one in steps if isinstance(one, SdsTransmit)]


def said(steps: list[Step]) -> list[SdsTextReceived]:
    return [one for one in steps if isinstance(one, SdsTextReceived)]


def test_a_radio_is_there_for_a_while_after_it_was_heard() -> None:
    world = World()
    assert world.services.heard(CREW) == [TetraRegistered(NAME)]
    world.now = PRESENT_S - 1
    assert world.services.heard(CREW) == []
    world.now += PRESENT_S - 1
    assert world.services.there() == {NAME}
    world.now += 1
    assert world.services.there() == frozenset()
    assert world.services.heard(CREW) == [TetraRegistered(NAME)]
    assert world.services.heard(OWN) == []
    foreign = TetraIdentity(2_621_017, Home(262, 1001))
    assert world.services.heard(foreign) == [TetraRegistered("02620100102621017")]


@pytest.mark.parametrize("wanted", [0, 1, 2, 3])
def test_a_text_is_kept_once_and_reported_when_it_is_kept(wanted: int) -> None:
    world = World()
    text = sds.SdsText(0x82, 5, wanted, sds.UCS2, "井盖破损")
    (first,) = said(world.hear(text))
    assert (first.radio, first.text) == (NAME, "井盖破损")
    assert world.hear(text) == [], "nobody knows yet whether it is kept"
    expected = [sds.SdsReport(0x82, 0, 5)] if wanted in {1, 3} else []
    assert reports(world.services.acknowledge(first)) == expected
    assert reports(world.hear(text)) == expected
    world.now = SAME_S
    world.services.tick()
    assert len(said(world.hear(text))) == 1


def test_a_text_that_could_not_be_kept_is_new_when_it_comes_again() -> None:
    world = World()
    text = sds.SdsText(0x82, 5, 1, sds.LATIN1, "again")
    (first,) = said(world.hear(text))
    world.services.forget(first)
    (second,) = said(world.hear(text))
    assert second.msg_id != first.msg_id


def test_a_text_to_a_group_and_one_without_transport_are_kept_and_not_reported() -> None:
    world = World()
    group = said(world.hear(sds.SdsText(0x82, 5, 1, sds.LATIN1, "to all"), to=TetraIdentity(9001)))
    simple = said(world.hear(sds.SimpleText(0x02, sds.LATIN1, "simple")))
    assert [one.text for one in group + simple] == ["to all", "simple"]
    for one in group + simple:
        assert world.services.acknowledge(one) == []


def test_a_part_that_comes_again_is_reported_again_when_the_text_is_kept() -> None:
    world = World()
    parts = [
        sds.SdsText(0x8A, 10 + number, 1, sds.LATIN1, words, part=sds.SdsPart(77, 2, number))
        for number, words in ((1, "first "), (2, "second"))
    ]
    assert said(world.hear(parts[1])) == []
    (whole,) = said(world.hear(parts[0]))
    assert whole.text == "first second"
    assert world.hear(parts[1]) == []
    told = reports(world.services.acknowledge(whole))
    assert {one.reference for one in told if isinstance(one, sds.SdsReport)} == {11, 12}
    assert reports(world.hear(parts[1])) == [sds.SdsReport(0x8A, 0, 12)]


def test_statuses_and_emergencies() -> None:
    world = World()
    world.there()
    (status,) = world.hear(sds.SdsStatus(32_769))
    assert isinstance(status, StatusSaid)
    assert (status.radio, status.code) == (NAME, 32_769)
    (alarm,) = world.hear(sds.SdsStatus(0), to=TetraIdentity(9001))
    assert isinstance(alarm, Alarmed)
    world.now = ALARM_S - 1
    assert world.hear(sds.SdsStatus(0)) == []
    world.now += ALARM_S - 1
    # By its position, the same one; much later, another one.
    (placed,) = world.hear(EMERGENCY_POSITION)
    assert isinstance(placed, TetraPosition)
    world.now += ALARM_S
    (again,) = world.hear(sds.SdsStatus(0))
    assert isinstance(again, Alarmed)
    assert again.alarm_id != alarm.alarm_id


def test_what_is_of_another_service_or_nameless_says_nothing() -> None:
    world = World()
    world.there()
    assert world.hear(b"\x00\x00", service=9) == []
    assert world.hear(b"\x00\x00", service=at.TYPE_4) == [] or world.services.counts.malformed
    assert world.hear(sds.SdsStatus(0), who=None) == []
    assert world.hear(b"\x80\x01\x02", service=at.STATUS) == []
    assert world.services.counts.nameless == 1
    assert world.services.counts.unread >= 2


def test_a_report_that_wants_an_answer_has_one() -> None:
    world = World()
    world.there()
    assert reports(world.hear(sds.SdsReport(0x82, 0, 202, wants_ack=True))) == [sds.SdsAck(0x82, 0, 202)]


def test_a_text_to_a_radio_and_its_reports() -> None:
    world = World()
    world.there()
    ref = uuid4()
    (text,) = world.text("请到经纬街", ref)
    assert (text.text, text.report, text.pid) == ("请到经纬街", 3, 0x82)
    assert world.services.text(NAME, ref, "请到经纬街") == [], "it waits for its report"
    assert world.hear(sds.SdsReport(0x82, 0, text.reference + 1)) == []
    assert world.hear(sds.SdsReport(0x82, 0, text.reference), who=TetraIdentity(9)) == [TetraRegistered("9")]
    assert world.hear(sds.SdsReport(0x82, 0, text.reference)) == [SdsDelivered(NAME, ref)]
    assert world.hear(sds.SdsReport(0x82, 0, text.reference)) == []
    assert world.hear(sds.SdsReport(0x82, 2, text.reference)) == [Displayed(NAME, ref)]


def test_who_reads_it_has_it() -> None:
    world = World()
    world.there()
    ref = uuid4()
    (text,) = world.text("read at once", ref)
    assert world.hear(sds.SdsShortReport(3, text.reference)) == [
        SdsDelivered(NAME, ref),
        Displayed(NAME, ref),
    ]


@pytest.mark.parametrize("report", [sds.SdsReport(0x82, 0x47, 0), sds.SdsShortReport(1, 0)])
def test_a_text_that_was_not_taken_has_failed_once(report: sds.SdsReport | sds.SdsShortReport) -> None:
    world = World()
    world.there()
    ref = uuid4()
    world.text("no room", ref)
    (failed,) = world.hear(report)
    assert isinstance(failed, SdsFailed)
    assert failed.ref == ref
    assert world.hear(report) == []
    world.now = TEXT_AGAIN_S[0]
    assert world.services.tick() == []


def test_a_text_without_a_report_is_sent_again_twice_and_its_late_report_counts() -> None:
    world = World()
    world.there()
    ref = uuid4()
    (text,) = world.text("again", ref)
    again = []
    for _ in range(100):
        world.now += 1.0
        again += [read(step) for step in world.services.tick()]
    assert again == [text, text]
    assert world.hear(sds.SdsReport(0x82, 0, text.reference)) == [SdsDelivered(NAME, ref)]
    world.now = TEXT_KEPT_S
    world.services.tick()
    assert not world.services.waits(ref)


def test_what_was_delivered_is_not_sent_again() -> None:
    world = World()
    world.there()
    (text,) = world.text("once", uuid4())
    world.hear(sds.SdsReport(0x82, 0, text.reference))
    world.now = sum(TEXT_AGAIN_S) + 1
    assert world.services.tick() == []


def test_the_networks_word_is_told_once_and_only_of_the_first_try() -> None:
    world = World()
    world.there()
    ref, gone = uuid4(), uuid4()
    (first,) = world.services.text(NAME, ref, "one")
    (second,) = world.services.text(NAME, gone, "two")
    assert isinstance(first, SdsTransmit)
    assert isinstance(second, SdsTransmit)
    assert world.services.fate(first.tag, sent=True) == [SdsAccepted(NAME, ref, taken=True)]
    assert world.services.fate(first.tag, sent=True) == []
    assert world.services.fate(second.tag, sent=False) == [SdsAccepted(NAME, gone, taken=False)]
    assert world.services.there() == frozenset()
    assert world.services.waits(ref)
    assert not world.services.waits(gone)


@given(st.text(max_size=400), st.integers(0, 255))
def test_the_parts_of_a_text_are_the_text(words: str, first: int) -> None:
    # A half of a pair of UTF-16 is no text.
    words = words.encode("utf-16-be", "replace").decode("utf-16-be")
    messages = texts.messages(words, first)
    octets = [len(sds.encode(one)) for one in messages]
    assert max(octets) <= texts.MOST_OCTETS
    assert [one.reference for one in messages] == [(first + at_) % 256 for at_ in range(len(messages))]
    cut = words if len(words) <= texts.MOST_SIGNS else words[: texts.MOST_SIGNS - 1] + "…"
    if len(messages) == 1:
        assert messages[0].text == cut
        return
    together = Concatenation()
    whole = [together.add(1, one.part, one.text, 0.0) for one in messages if one.part is not None]
    assert whole[-1] == cut


def test_texts_on_their_way_have_different_references() -> None:
    world = World()
    world.there()
    used = [one.reference for _ in range(100) for one in world.text("short", uuid4())]
    used += [one.reference for _ in range(20) for one in world.text("长" * 100, uuid4())]
    assert len(set(used)) == len(used)


_CONTENT = st.one_of(
    st.builds(sds.SdsStatus, st.integers(0, 0x7BFF) | st.integers(0x8000, 0xFFFF)),
    st.builds(sds.SdsShortReport, st.integers(0, 3), st.integers(0, 5)),
    st.builds(sds.SdsReport, st.just(0x82), st.integers(0, 255), st.integers(0, 5), st.booleans()),
    st.builds(
        sds.SdsText,
        st.just(0x82),
        st.integers(0, 5),
        st.integers(0, 3),
        st.just(sds.UCS2),
        st.sampled_from(["a", "b"]),
    ),
    st.builds(
        sds.SdsText,
        st.just(0x8A),
        st.integers(0, 5),
        st.integers(0, 3),
        st.just(sds.UCS2),
        st.sampled_from(["a", "b"]),
        part=st.sampled_from([sds.SdsPart(1, 2, 1), sds.SdsPart(1, 2, 2)]),
    ),
    st.binary(min_size=1, max_size=40),
)
_DEED = st.one_of(
    st.tuples(st.just("hear"), _CONTENT, st.sampled_from([CREW, TetraIdentity(9), None])),
    st.tuples(st.just("send"), st.sampled_from(["short", "长" * 150]), st.none()),
    st.tuples(st.just("fate"), st.integers(1, 20), st.booleans()),
    st.tuples(st.just("wait"), st.floats(0.0, 400.0), st.none()),
    st.tuples(st.just("kept"), st.booleans(), st.none()),
)


@given(st.lists(_DEED, max_size=50))
def test_whatever_comes_each_text_of_ours_has_each_report_once(
    deeds: list[tuple[str, object, object]],
) -> None:
    world = World()
    told: list[Step] = []
    waiting: list[SdsTextReceived] = []
    for what, value, more in deeds:
        steps: list[Step] = []
        match what, value, more:
            case "hear", content, TetraIdentity() | None as who:
                steps = world.hear(content, who=who)  # type: ignore[arg-type]
            case "send", str(words), _:
                steps = world.services.text(NAME, uuid4(), words)
            case "fate", int(tag), bool(sent):
                steps = world.services.fate(tag, sent=sent)
            case "wait", float(seconds), _:
                world.now += seconds
                steps = world.services.tick()
            case "kept", bool(kept), _ if waiting:
                one = waiting.pop()
                if kept:
                    steps = world.services.acknowledge(one)
                else:
                    world.services.forget(one)
            case _:
                pass
        waiting += said(steps)
        told += steps
        assert all(one.bits <= 8 * texts.MOST_OCTETS for one in steps if isinstance(one, SdsTransmit))
    for kind in (SdsDelivered, Displayed, SdsFailed):
        refs = [one.ref for one in told if isinstance(one, kind)]
        assert len(set(refs)) == len(refs)
    failed = {one.ref for one in told if isinstance(one, SdsFailed)}
    assert not failed & {one.ref for one in told if isinstance(one, SdsDelivered | Displayed)}

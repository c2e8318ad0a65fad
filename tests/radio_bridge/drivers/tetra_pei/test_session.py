"""One radio at its interface, on a clock that stands still."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radio_bridge.drivers.tetra_pei import at
from radio_bridge.drivers.tetra_pei.effects import PeiDownReason, RadioLost, RadioUp, SendResult, Unsolicited
from radio_bridge.drivers.tetra_pei.identity import Home, TetraIdentity
from radio_bridge.drivers.tetra_pei.session import MOST_WAITING, RETRY_MOST_S, SetupStep
from tests.radio_bridge.drivers.tetra_pei.scripted import TIMING, Scripted, ordinary

TEXT = bytes.fromhex("82040801")


def test_it_is_set_up_and_says_who_it_is() -> None:
    radio = Scripted([1001, 1002])
    radio.up()
    assert radio.told == [RadioUp(TetraIdentity(23401, Home(901, 16383)))]
    commands = radio.commands()
    assert commands[:4] == ["AT", "ATE0", "AT+CMEE=1", "AT+CNUMF?"]
    assert commands[-1] == "AT+CTGS=1,1001,2,1002"
    assert "AT+CTSP=1,3,130" in commands
    assert radio.session.registered is True
    assert radio.session.refused == []


def test_without_talkgroups_its_own_stay() -> None:
    radio = Scripted([])
    radio.up()
    assert not any(words.startswith("AT+CTGS") for words in radio.commands())


def test_answers_to_what_was_left_on_the_line_are_none_of_ours() -> None:
    radio = Scripted()
    radio.do(radio.session.start())
    radio.do(radio.session.link_up())
    radio.hear("+CME ERROR: 35", "OK")
    assert radio.commands() == []
    radio.wait(TIMING.settle)
    assert radio.session.step is SetupStep.UP
    assert radio.session.refused == []


def test_what_a_radio_does_not_take_is_remembered_and_it_is_up() -> None:
    radio = Scripted()
    radio.answer = lambda words: ["+CME ERROR: 4"] if words.startswith("AT+CTGS") else ordinary(words)
    radio.up()
    assert radio.session.step is SetupStep.UP
    assert radio.session.refused == ["AT+CTGS=1,1001"]


def test_a_message_is_sent_and_its_fate_told() -> None:
    radio = Scripted()
    radio.up()
    radio.said.clear()
    radio.do(radio.session.send(1, "2621017", TEXT, 32) or [])
    assert radio.said == [b"AT+CTSDS=12,0\r\n", b"AT+CMGS=2621017,32\r\n82040801\x1a"]
    assert radio.fates() == [SendResult(1, sent=True)]
    radio.do(radio.session.send(2, "2621017", TEXT, 32) or [])
    assert radio.commands()[-1] == "AT+CMGS=2621017,32"
    assert radio.commands().count("AT+CTSDS=12,0") == 1


@pytest.mark.parametrize(
    "answer", [["+CME ERROR: 30"], ["+CMGS: 7", "OK", "+CMGS: 7,5"], ["+CMGS: 7,5", "OK"]]
)
def test_a_message_that_is_not_sent_is_told(answer: list[str]) -> None:
    radio = Scripted()
    radio.up()
    radio.answer = lambda words: answer if words.startswith("AT+CMGS") else ordinary(words)
    radio.do(radio.session.send(1, "2621017", TEXT, 32) or [])
    assert radio.fates() == [SendResult(1, sent=False)]
    radio.answer = ordinary
    radio.do(radio.session.send(2, "2621017", TEXT, 32) or [])
    assert radio.fates()[1:] == [SendResult(2, sent=True)]


def test_one_message_at_a_time_is_between_radio_and_air() -> None:
    radio = Scripted()
    radio.up()
    radio.answer = lambda words: ["+CMGS: 3", "OK"] if words.startswith("AT+CMGS") else ordinary(words)
    for tag in (1, 2):
        radio.do(radio.session.send(tag, "2621017", TEXT, 32) or [])
    assert sum(words.startswith("AT+CMGS") for words in radio.commands()) == 1
    radio.hear("+CMGS: 9,4")
    assert radio.fates() == []
    radio.hear("+CMGS: 3,4")
    assert radio.fates() == [SendResult(1, sent=True)]
    assert sum(words.startswith("AT+CMGS") for words in radio.commands()) == 2
    # A radio that says no more of it has sent it.
    radio.wait(TIMING.sent)
    assert radio.fates() == [SendResult(1, sent=True), SendResult(2, sent=True)]


def test_messages_are_bounded_and_only_taken_when_it_is_up() -> None:
    radio = Scripted()
    assert radio.session.send(1, "1", TEXT, 32) is None
    radio.up()
    radio.answer = lambda _: None
    taken = [radio.session.send(tag, "1", TEXT, 32) is not None for tag in range(MOST_WAITING + 5)]
    assert sum(taken) == MOST_WAITING + 1


def test_unasked_lines_come_in_the_middle_of_an_answer() -> None:
    radio = Scripted()
    radio.up()
    radio.answer = lambda _: [
        "+CMGS: 7", "+CTSDSR: 13,1234567,0,23401,0,16", "8004", "OK", "+CMGS: 7,4", "+CDTXC: 1,0",
    ]  # fmt: skip
    radio.session._kind = b"AT+CTSDS=12,0\r\n"
    radio.do(radio.session.send(1, "2621017", TEXT, 32) or [])
    status = at.ShortData(13, TetraIdentity(1234567), TetraIdentity(23401), 16, b"\x80\x04")
    assert radio.told[1:] == [Unsolicited(status), SendResult(1, sent=True), Unsolicited(at.Ceased(1))]


def test_a_head_without_its_data_is_lost_and_no_other_line_is_taken_for_it() -> None:
    radio = Scripted()
    radio.up()
    radio.hear("+CTSDSR: 13,1234567,0,23401,0,16", "+CDTXC: 1,0", "8004")
    assert radio.told[1:] == [Unsolicited(at.Ceased(1))]
    assert radio.session.malformed == 1
    radio.hear("+CTSDSR: 13,1234567,0,23401,0,16")
    radio.wait(3)
    radio.hear("8004")
    assert radio.told[1:] == [Unsolicited(at.Ceased(1))]
    assert radio.session.malformed == 2


def test_silence_is_asked_about_and_no_answer_is_the_end() -> None:
    radio = Scripted()
    radio.up()
    before = radio.commands().count("AT+CREG?")
    radio.wait(TIMING.ask_every + 1)
    assert radio.commands().count("AT+CREG?") == before + 1
    radio.answer = lambda _: None
    radio.do(radio.session.send(1, "2621017", TEXT, 32) or [])
    radio.do(radio.session.send(2, "2621017", TEXT, 32) or [])
    radio.wait(TIMING.answer)
    assert radio.told[1:] == [
        SendResult(1, sent=False),
        SendResult(2, sent=False),
        RadioLost(PeiDownReason.SILENT),
    ]
    assert radio.session.step is SetupStep.WAITING


def test_a_radio_that_echoes_again_has_been_off_and_is_set_up_anew() -> None:
    radio = Scripted()
    radio.up()
    radio.answer = lambda words: [words, *(ordinary(words) or [])]
    radio.wait(TIMING.ask_every + 1)
    assert radio.told[1:] == [RadioLost(PeiDownReason.RESTARTED)]
    radio.wait(2)
    radio.said.clear()
    radio.do(radio.session.link_up())
    radio.wait(1)
    # While it is set up, echoes are no news.
    assert radio.commands()[-1] == "AT+CTGS=1,1001"
    assert radio.session.step is SetupStep.UP


def test_it_is_tried_again_with_pauses_that_grow() -> None:
    radio = Scripted()
    radio.do(radio.session.start())
    moments = []
    for _ in range(9):
        radio.do(radio.session.link_down(PeiDownReason.UNREACHABLE))
        connects, began = radio.connects, radio.now
        while radio.connects == connects:
            radio.wait(0.5)
        moments.append(radio.now - began)
    assert moments[:5] == [1, 2, 4, 8, 16]
    assert moments[-1] == RETRY_MOST_S


def test_whether_it_is_in_its_network_follows_what_it_says() -> None:
    radio = Scripted()
    radio.up()
    radio.hear("+CREG: 2")
    assert radio.session.registered is False
    radio.hear("+CREG: 1,1,90116383")
    assert radio.session.registered is True


_LINES = st.sampled_from(
    [
        "OK", "ERROR", "+CME ERROR: 30", "+CMGS: 7", "+CMGS: 7,4", "+CMGS: 8,5", "+CREG: 2", "8004", "0A",
        "+CTSDSR: 13,1234567,0,23401,0,16", "+CTXG: 1,3,0,0,3,1234567", "+CTCR: 1,13", "+CNUMF: 6,1",
    ]
)  # fmt: skip
_DEED = st.one_of(
    st.tuples(st.just("hear"), _LINES),
    st.tuples(st.just("bytes"), st.binary(max_size=50)),
    st.tuples(st.just("wait"), st.floats(0.1, 40.0)),
    st.tuples(st.just("send"), st.integers(1, 1_000)),
    st.tuples(st.just("mute"), st.booleans()),
    st.tuples(st.just("link"), st.sampled_from(["up", "down"])),
)


@given(st.lists(_DEED, max_size=60))
def test_whatever_happens_each_message_has_one_fate_and_it_comes_back(
    deeds: list[tuple[str, object]],
) -> None:
    radio = Scripted()
    radio.do(radio.session.start())
    tags: list[int] = []
    for number, (what, value) in enumerate(deeds):
        match what, value:
            case "hear", str(line):
                radio.hear(line)
            case "bytes", bytes(data):
                radio.do(radio.session.received(data))
            case "wait", float(seconds):
                radio.wait(seconds, step=1.0)
            case "send", _:
                effects = radio.session.send(number, "2621017", TEXT, 32)
                if effects is not None:
                    tags.append(number)
                    radio.do(effects)
            case "mute", bool(mute):
                radio.answer = (lambda _: None) if mute else ordinary
            case "link", "up":
                radio.do(radio.session.link_up())
            case _:
                radio.do(radio.session.link_down(PeiDownReason.CLOSED))
    radio.do(radio.session.stop())
    assert sorted(one.tag for one in radio.fates()) == tags
    assert radio.session.waiting == 0
    radio.answer = ordinary
    radio.up()
    assert radio.session.step is SetupStep.UP

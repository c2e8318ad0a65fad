"""A code that may be said: asked twice, then keys alone, then a person; keys while no machine can listen."""

from __future__ import annotations

import pytest

from cases.life.numbers import check_digit, is_code
from core.metrics import REGISTRY
from ivr.flows.engine import FlowEngine
from ivr.flows.load import FlowInvalid, load
from ivr.library import Library
from ivr.offline import Offline
from ivr.ports import Caller, CallerInput, HandedOver
from tests.ivr.played_line import PlayedLine
from tests.ivr.ports import played_ports
from tests.ivr.test_flows import FLOWS

CODE = "1234567" + check_digit("1234567")
WRONG = "12345678" if not is_code("12345678") else "12345679"
SPOKE = CallerInput(spoke=True)
SAY, AGAIN, KEYS = "ask zh/case-code-say", "ask zh/case-code-again", "read zh/case-code-ask"


class PlayedEar:
    """Understands the next of `codes` (None: not in time) of each answer; `busy` is when it cannot listen."""

    def __init__(self, *codes: str | None, busy_after: int = 99) -> None:
        self.codes = list(codes)
        self.left = busy_after
        self.live = 0
        self.heard: list[tuple[str, str]] = []

    def ready(self, language: str) -> bool:
        return self.left > 0

    async def listen(self, caller: Caller, language: str) -> PlayedEar | None:
        self.left -= 1
        self.live += 1
        self.heard.append((caller.channel, language))
        return self

    async def code(self, length: int, within_s: float) -> str | None:
        assert length == 8
        assert 0.5 <= within_s < 3, "time to work it out, and the dialplan's timer runs"
        return self.codes.pop(0) if self.codes else ""

    def stop(self) -> None:
        self.live -= 1


async def asks(
    line: PlayedLine, ear: PlayedEar | Offline, language: str = "zh"
) -> tuple[str, list[str], PlayedEar | Offline]:
    """How the flow ends that asks for a code, and what was done from that question on."""

    async def status(code: str) -> str:
        line.log.append(f"look up {code}")
        return "done"

    ports = played_ports(look_ups={"case-status": status}, checks={"case-code": is_code}, ear=ear)
    engine = FlowEngine(load((FLOWS / "status.yaml").read_bytes()).flow, Library(), ports)
    line.presses.insert(0, "1" if language == "zh" else "2")
    how = await engine.run(line, Caller(number="13904510001", channel="PJSIP/trunk-1"))
    at = next((at for at, what in enumerate(line.log) if "case-code" in what), len(line.log))
    return how, line.log[at:], ear


async def test_a_code_that_is_said_is_looked_up() -> None:
    ear = PlayedEar(CODE)
    how, done, _ = await asks(PlayedLine(said=[SPOKE]), ear)
    assert how == "hangup"
    assert done[:2] == [SAY, f"look up {CODE}"]
    assert ear.heard == [("PJSIP/trunk-1", "zh")]
    assert ear.live == 0


async def test_in_english_it_is_asked_in_english() -> None:
    ear = PlayedEar(CODE)
    _, done, _ = await asks(PlayedLine(said=[SPOKE]), ear, "en")
    assert done[0] == "ask en/case-code-say"
    assert ear.heard[0][1] == "en"


async def test_keys_count_while_he_may_speak() -> None:
    ear = PlayedEar("99999999")
    _, done, _ = await asks(PlayedLine(said=[CallerInput(keys=CODE, spoke=True)]), ear)
    assert done[:2] == [SAY, f"look up {CODE}"]
    assert ear.codes, "what was said beside them is not asked for"
    assert ear.live == 0


@pytest.mark.parametrize("misheard", ["", WRONG])
async def test_what_is_not_understood_is_asked_once_more_then_for_keys_then_a_person_comes(
    misheard: str,
) -> None:
    ear = PlayedEar(misheard, misheard)
    how, done, _ = await asks(PlayedLine(said=[SPOKE, SPOKE]), ear)
    assert done == [SAY, AGAIN, KEYS, "queue hotline", "finished"]
    assert how == "queue"
    assert ear.live == 0
    _, done, _ = await asks(PlayedLine(CODE, said=[SPOKE, SPOKE]), PlayedEar(misheard, misheard))
    assert done[:4] == [SAY, AGAIN, KEYS, f"look up {CODE}"]
    _, done, _ = await asks(PlayedLine(said=[SPOKE, SPOKE]), PlayedEar(misheard, CODE))
    assert done[:3] == [SAY, AGAIN, f"look up {CODE}"]


async def test_a_recogniser_that_takes_a_moment_is_waited_for_with_a_word() -> None:
    _, done, _ = await asks(PlayedLine(said=[SPOKE]), PlayedEar(None, CODE))
    assert done[:3] == [SAY, "play zh/please-hold", f"look up {CODE}"]
    _, done, _ = await asks(PlayedLine(said=[SPOKE, SPOKE]), PlayedEar(None, None, None, None))
    assert done[:5] == [SAY, "play zh/please-hold", AGAIN, "play zh/please-hold", KEYS]


def counted(how: str) -> float:
    return REGISTRY.get_sample_value("songhua_ivr_spoken_answers_total", {"how": how}) or 0.0


@pytest.mark.parametrize(
    ("codes", "busy_after", "late", "not_understood", "unheard"),
    [
        ((None, None, None, None), 99, 2, 0, 0),
        (("", ""), 99, 0, 2, 0),
        ((None, None), 1, 1, 0, 1),
        ((), 0, 0, 0, 0),
    ],
)
async def test_a_recogniser_without_time_is_told_from_words_that_are_no_code(
    codes: tuple[str | None, ...], busy_after: int, late: int, not_understood: int, unheard: int
) -> None:
    """Where none can be listened for from the beginning, nobody was asked to speak."""
    before = [counted(how) for how in ("late", "not understood", "unheard")]
    await asks(PlayedLine(said=[SPOKE, SPOKE]), PlayedEar(*codes, busy_after=busy_after))
    after = [counted(how) for how in ("late", "not understood", "unheard")]
    assert [b - a for a, b in zip(before, after, strict=True)] == [late, not_understood, unheard]


async def test_who_neither_speaks_nor_presses_reaches_a_person_at_once() -> None:
    how, done, _ = await asks(PlayedLine(said=[CallerInput()]), PlayedEar(""))
    assert (how, done) == ("queue", [SAY, "queue hotline", "finished"])


async def test_words_count_that_the_switch_did_not_notice() -> None:
    """He had said it before the prompt was over, or there is noise on the line all the time."""
    _, done, _ = await asks(PlayedLine(said=[CallerInput()]), PlayedEar(CODE))
    assert done[:2] == [SAY, f"look up {CODE}"]


async def test_wrong_keys_are_said_to_be_wrong_and_keys_are_asked_for() -> None:
    line = PlayedLine(CODE, said=[CallerInput(keys=WRONG)])
    _, done, _ = await asks(line, PlayedEar())
    assert done[:4] == [SAY, "play zh/case-code-wrong", KEYS, f"look up {CODE}"]


@pytest.mark.parametrize("ear", [Offline(), PlayedEar(busy_after=0)])
async def test_without_an_ear_or_with_a_busy_one_he_is_asked_for_keys_only(ear: PlayedEar | Offline) -> None:
    _, done, _ = await asks(PlayedLine(CODE), ear)
    assert done[:2] == [KEYS, f"look up {CODE}"]


async def test_an_ear_that_becomes_busy_in_between_is_not_waited_for() -> None:
    _, done, _ = await asks(PlayedLine(CODE, said=[SPOKE]), PlayedEar("", busy_after=1))
    assert done[:3] == [SAY, KEYS, f"look up {CODE}"]


async def test_an_emergency_number_among_the_keys_is_handed_over() -> None:
    ear = PlayedEar()
    how, done, _ = await asks(PlayedLine(said=[CallerInput(keys="119", spoke=True)]), ear)
    assert how == "emergency"
    assert done[-2:] == ["emergency 119", "finished"]
    assert ear.live == 0


async def test_nobody_listens_on_when_the_caller_has_gone() -> None:
    class Gone(PlayedLine):
        async def ask(self, file: object, *, most: int) -> CallerInput:
            raise HandedOver

    ear = PlayedEar(CODE)
    how, _, _ = await asks(Gone(), ear)
    assert how == "handed_over"
    assert ear.live == 0


@pytest.mark.parametrize("more", ["spoken: case-code-say", "again: case-code-again, check: case-code"])
def test_what_may_be_said_must_be_checked(more: str) -> None:
    text = (
        "flow: f\nlanguages: [zh]\nstart: ask\nsteps:\n"
        f"  ask: {{digits: {{prompt: case-code-ask, into: code, most: 8, otherwise: p, {more}}}, next: p}}\n"
        "  p: {queue: hotline}\n"
    )
    with pytest.raises(FlowInvalid):
        load(text)

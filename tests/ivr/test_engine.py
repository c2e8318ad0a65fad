"""Callers in a flow: what they hear, what they press, and that every end leaves them with a person."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from cases.life.numbers import check_digit, is_code
from ivr.flows.engine import FlowEngine
from ivr.flows.load import load
from ivr.library import Library
from ivr.ports import LookUps
from tests.ivr.played_line import PlayedLine
from tests.ivr.ports import played_ports
from tests.ivr.test_flows import FLOWS, flow

__all__ = ["PlayedLine", "engine"]

CODE = "1234567" + check_digit("1234567")


def engine(name: str, look_ups: LookUps | None = None) -> FlowEngine:
    ports = played_ports(look_ups=look_ups or {}, checks={"case-code": is_code})
    return FlowEngine(load((FLOWS / f"{name}.yaml").read_bytes()).flow, Library(), ports)


async def test_a_caller_hears_one_sentence_and_goes_to_a_person() -> None:
    line = PlayedLine()
    assert await engine("default").run(line) == "queue"
    assert line.log == ["play zh/greeting", "notice", "priority 1", "queue hotline", "finished"]


@pytest.mark.parametrize("gone_after", range(5))
async def test_a_line_that_is_handed_over_ends_the_flow_without_a_word(gone_after: int) -> None:
    line = PlayedLine(gone_after=gone_after)
    assert await engine("default").run(line) == "handed_over"
    assert "finished" not in line.log


async def test_who_presses_nothing_reaches_a_person() -> None:
    line = PlayedLine()
    assert await engine("status").run(line) == "queue"
    assert line.log[-2:] == ["queue hotline", "finished"]
    assert line.log.count("read zh/language-choice") == 2


async def test_an_english_caller_hears_how_a_case_stands() -> None:
    asked: list[str] = []

    async def status(number: str) -> str:
        asked.append(number)
        return "in-progress"

    line = PlayedLine("2", CODE)
    assert await engine("status", {"case-status": status}).run(line) == "hangup"
    assert asked == [CODE]
    assert line.log[2:] == [
        "read zh/language-choice", "language en", "read en/case-code-ask", "play en/case-in-progress",
        "play en/goodbye", "hangup", "finished",
    ]  # fmt: skip


@pytest.mark.parametrize(("key", "language"), [("1", "zh"), ("2", "en")])
async def test_who_chose_his_language_in_the_greeting_is_not_asked_for_it(key: str, language: str) -> None:
    line = PlayedLine(heard={"greeting": key})
    assert await engine("status").run(line) == "queue"
    assert f"read {language}/case-code-ask" in line.log
    assert not any("language-choice" in one for one in line.log)


async def test_the_case_number_is_read_back_digit_by_digit() -> None:
    async def status(_number: str) -> str:
        return "received"

    line = PlayedLine("1", CODE)
    await engine("status", {"case-status": status}).run(line)
    assert f"say {CODE}" in line.log


async def test_a_look_up_that_fails_or_takes_too_long_leads_to_a_person(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ivr.flows.engine.LOOKUP_DEADLINE_S", 0.01)

    async def broken(_number: str) -> str:
        raise ConnectionError

    async def slow(_number: str) -> str:
        await asyncio.sleep(5)
        return "done"

    for look_ups in ({"case-status": broken}, {"case-status": slow}, {}):
        line = PlayedLine("1", CODE)
        assert await engine("status", look_ups).run(line) == "queue"


async def test_a_flow_that_fails_says_nothing_so_that_the_dialplan_takes_over(tmp_path: Path) -> None:
    line = PlayedLine()
    broken = FlowEngine(load((FLOWS / "default.yaml").read_bytes()).flow, Library(tmp_path), played_ports())
    assert await broken.run(line) == "failed"
    assert line.log == []


async def test_a_caller_who_goes_round_and_round_reaches_a_person() -> None:
    """The loop is the caller's own; the number of steps has an end all the same."""
    source = flow('a: {menu: {prompt: survey, choices: {"1": a}, otherwise: b}}\nb: {queue: hotline}')
    line = PlayedLine(*["1"] * 10_000)
    assert await FlowEngine(source.flow, Library(), played_ports()).run(line) == "failed"
    assert "finished" not in line.log


async def test_variables_are_set_from_values_and_other_variables() -> None:
    source = flow(
        "a: {set: {x: '7', y: '1'}, next: b}\nb: {set: {y: $x}, next: c}\n"
        "c: {branch: {on: y, cases: {'7': d}, otherwise: e}}\nd: {say: $y, next: e}\ne: {queue: hotline}"
    )
    line = PlayedLine()
    await FlowEngine(source.flow, Library(), played_ports()).run(line)
    assert line.log == ["say 7", "queue hotline", "finished"]

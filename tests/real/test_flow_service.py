"""The whole service: a survey is stored with its call; who waits hears the place that the board gives him."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.peers.program import PeerFailed
from tests.real.flow_stage import Citizen
from tests.real.service import WholeService, wait

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]


def citizen(service: WholeService, name: str, number: str) -> Citizen:
    made = Citizen(
        service.folder / name,
        switch_port=service.switch.ports.sip,
        caller=number,
        called="12345",
        seconds=120,
    )
    made.dial()
    return made


def plays(service: WholeService, prompt: str, timeout: float = 30) -> None:
    """Wait until some channel plays this prompt, or reads keys after it."""
    wait(lambda: prompt in service.switch.rx("core show channels concise"), prompt, timeout)


def test_the_survey_after_the_call_is_stored_with_it(tmp_path: Path) -> None:
    with WholeService(tmp_path, agents=1, overrides={"ivr": {"survey": True}}) as service:
        caller = citizen(service, "caller", "13904517777")
        try:
            wait(lambda: any(call["state"] == "talking" for call in service.calls()), "talk", 30)
            (call,) = service.calls()
            rows = service.switch.rx("core show channels concise").splitlines()
            agent = next(row.split("!")[0] for row in rows if row.startswith("PJSIP/agent-1"))
            service.switch.rx(f"channel request hangup {agent}")
            for prompt, key in (("survey-agent", "1"), ("survey-solved", "1"), ("survey-hotline", "2")):
                plays(service, prompt)
                time.sleep(0.5)
                caller.press(key)
            assert caller.wait(20) == 0
        finally:
            caller.close()

        def survey() -> Any:
            return service.record(call["call_id"]).get("surveys")

        wait(survey, "survey in the ledger", 20)
        (stored,) = survey()
        assert "'solved': '1'" in str(stored)
        assert "'hotline': '2'" in str(stored)


def test_a_waiting_caller_hears_his_place_from_the_board(tmp_path: Path) -> None:
    with WholeService(tmp_path, agents=1) as service:
        service.seats[0].visitor.post("/api/agents/me/state", {"state": "rest", "reason": "break"})
        callers = [citizen(service, "first", "13904517771")]
        try:
            wait(lambda: len(waiting(service)) == 1, "a caller in the queue", 20)
            # Whoever is told how he stands is not in the queue for some seconds: the two must not coincide.
            time.sleep(15)
            callers.append(citizen(service, "second", "13904517772"))
            wait(lambda: len(waiting(service)) == 2, "two callers in the queue", 20)
            log = service.switch.settings.directories.log / "steps.log"
            service.switch.rx("logger add channel steps.log verbose(3)")
            try:
                wait(lambda: "/zh/digit-2" in log.read_text(errors="replace"), "the second place", 70)
            except PeerFailed as late:
                seen = [line for line in log.read_text(errors="replace").splitlines() if "Executing" in line]
                raise PeerFailed("\n".join([str(late), *seen[-40:]])) from late
            steps = log.read_text(errors="replace")
            assert "/zh/digit-1" in steps
            assert (
                steps.index("/zh/position-before") < steps.index("/zh/digit-1") < steps.index("/zh/digit-2")
            )
        finally:
            for caller in callers:
                caller.close()
        try:
            service.switch.wait_idle(20)
        except PeerFailed:
            service.switch.rx("channel request hangup all")


def waiting(service: WholeService) -> list[str]:
    return [row for row in service.switch.rx("queue show hotline").splitlines() if ". PJSIP/trunk" in row]

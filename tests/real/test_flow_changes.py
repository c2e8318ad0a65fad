"""Flows in the running service: the survey is stored, who waits hears his place, and an admin changes what
callers hear: by HTTP, by command, without the database.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.ivr.test_upload import tone
from tests.peers.asterisk import AsteriskPeer
from tests.peers.program import PeerFailed
from tests.real.flow_stage import tone_prompts
from tests.real.service import SUPERVISOR, WholeService
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(200)]

STEPS = "steps.log"
ROUND_S = 12
CENTRE = ("asterisk", "hotline", "ivr", "cdr.import")


def text(prompt: str) -> str:
    return (
        "flow: default\nlanguages: [zh, en]\nstart: greet\nsteps:\n"
        f"  greet: {{play: [{prompt}], notice: true, next: person}}\n  person: {{queue: hotline}}\n"
    )


class ShortRounds(WholeService):
    """The role `centre`, and callers who are told soon how they stand."""

    def __init__(self, folder: Path) -> None:
        ivr = {"survey": True, "prompts": str(tone_prompts(folder / "prompts", 1.0, digits=0.3))}
        # Who hangs up while he waits is not called back: it would take the agent away from the next test.
        overrides = {"ivr": ivr, "hotline": {"callbacks": {"enabled": False}}}
        super().__init__(folder, agents=1, role="centre", needed=CENTRE, overrides=overrides)
        rounds = self.switch.settings.model_copy(update={"round_seconds": ROUND_S})
        self.switch = AsteriskPeer(rounds)

    def start(self) -> None:
        super().start()
        self.switch.rx(f"logger add channel {STEPS} verbose(3)")

    @property
    def _steps(self) -> Path:
        return self.switch.settings.directories.log / STEPS

    def steps(self) -> str:
        return self._steps.read_text(errors="replace") if self._steps.exists() else ""

    def forget_steps(self) -> None:
        self._steps.write_text("")

    def waiting(self) -> int:
        return self.switch.rx("queue show hotline").count(". PJSIP/trunk")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShortRounds]:
    with ShortRounds(tmp_path_factory.mktemp("changes")) as world:
        yield world


def hears(world: ShortRounds, prompt: str) -> None:
    """The next caller hears this prompt and reaches the agent."""
    world.forget_steps()
    citizen = world.dial()
    try:
        world.talking(citizen)
        assert prompt in world.steps(), world.steps()
    finally:
        world.hang_up_all(citizen)
        world.ready(world.seats[0])


def put(world: WholeService, path: str, number: int, expected: int) -> None:
    body = {"op_id": str(uuid4()), "number": number, "expected": expected}
    world.supervisor.post(f"/api/ivr/{path}/activate", body)


def test_the_survey_after_the_call_is_stored_with_it(world: ShortRounds) -> None:
    world.forget_steps()
    caller = world.with_handset()
    caller.dial()
    try:
        wait_for(lambda: any(call["state"] == "talking" for call in world.calls()), "talk", 30)
        (call,) = world.calls()
        rows = world.switch.rx("core show channels concise").splitlines()
        agent = next(row.split("!")[0] for row in rows if row.startswith("PJSIP/agent-1"))
        world.switch.rx(f"channel request hangup {agent}")
        for prompt, key in (("survey-agent", "1"), ("survey-solved", "1"), ("survey-hotline", "2")):
            wait_for(lambda prompt=prompt: f"/zh/{prompt}" in world.steps(), prompt, 30)  # type: ignore[misc]
            caller.press(key)
        assert caller.wait(30) == 0
    finally:
        caller.close()

    def survey() -> Any:
        return world.record(call["call_id"]).get("surveys")

    (stored,) = wait_for(survey, "survey in the ledger", 30)
    assert "'solved': '1'" in str(stored)
    assert "'hotline': '2'" in str(stored)
    world.ready(world.seats[0])


def test_a_waiting_caller_hears_his_place_from_the_board(world: ShortRounds) -> None:
    world.forget_steps()
    seat = world.seats[0]
    seat.visitor.post("/api/agents/me/state", {"state": "rest", "reason": "break"})
    callers = [world.dial()]
    wait_for(lambda: world.waiting() == 1, "a caller in the queue", 20)
    # Whoever is told how he stands is not in the queue for some seconds: the two must not coincide.
    wait_for(lambda: "/zh/digit-1" in world.steps(), "the first place", 60)
    wait_for(lambda: world.waiting() == 1, "the first caller in the queue again", 20)
    callers.append(world.dial())
    wait_for(lambda: world.waiting() == 2, "two callers in the queue", 20)
    wait_for(lambda: "/zh/digit-2" in world.steps(), "the second place", 60)
    steps = world.steps()
    assert steps.index("/zh/position-before") < steps.index("/zh/digit-1") < steps.index("/zh/digit-2")
    world.hang_up_all(*callers)
    world.ready(seat)


def test_a_flow_and_its_prompt_change_for_the_next_call_and_back(world: ShortRounds) -> None:
    sound = world.service.folder / "flood.wav"
    sound.write_bytes(tone(1.0, 0.05))
    for language in ("zh", "en"):
        world.service.run("ivr", "upload-prompt", f"{language}/flood", str(sound), "--activate")
    body = {"op_id": str(uuid4()), "text": text("flood"), "comment": "汛期"}

    def made() -> Any:
        """Refused until the service has seen the prompt; it looks every two seconds."""
        return world.supervisor.post("/api/ivr/flows/default/versions", body)

    number = wait_for(made, "flow that knows the prompt", 20)["number"]
    put(world, "flows/default", number, expected=0)
    hears(world, "/prompts/zh/flood+1")
    world.supervisor.post("/api/ivr/flows/default/rollback", {"op_id": str(uuid4()), "expected": number})
    hears(world, "/zh/greeting")
    audit = world.ask_database("SELECT action, actor FROM identity_audit WHERE subject = 'flow:default'")
    assert ("ivr.activate-flow", SUPERVISOR.id) in audit


def test_a_bad_flow_is_refused_and_callers_notice_nothing(world: ShortRounds) -> None:
    bad = {"op_id": str(uuid4()), "text": text("no-such-prompt")}
    with pytest.raises(PeerFailed, match="missing-prompt"):
        world.supervisor.post("/api/ivr/flows/default/versions", bad)
    hears(world, "/zh/greeting")


def test_a_start_without_the_database_still_has_the_version_in_force(world: ShortRounds) -> None:
    """Last: the service is killed and started twice."""
    made = world.supervisor.post(
        "/api/ivr/flows/default/versions",
        {"op_id": str(uuid4()), "text": text("queue-wait, greeting"), "comment": ""},
    )
    active = world.supervisor.get("/api/ivr/flows/default")["active"]
    put(world, "flows/default", made["number"], expected=active)
    hears(world, "/zh/queue-wait")
    version_folder = world.service.folder / "ivr"
    assert (version_folder / "flows" / f"default+{made['number']}.yaml").exists()
    world.service.program.kill()
    away = world.service.folder / "away"
    away.mkdir()
    database = world.service.folder / "songhua.db"
    for file in world.service.folder.glob("songhua.db*"):
        file.rename(away / file.name)
    database.mkdir()  # no database can be opened there
    world.forget_steps()
    world.switch.rx("dialplan set global GW_BEAT 0")
    world.service.start(role="centre")
    wait_for(lambda: "GW_BEAT=0" not in world.switch.rx("dialplan show globals"), "a heartbeat", 30)
    citizen = world.dial()
    wait_for(lambda: "/zh/queue-wait" in world.steps(), "the version in force", 20)
    citizen.hang_up()
    database.rmdir()
    for file in away.iterdir():
        file.rename(world.service.folder / file.name)
    world.service.wait_healthy("storage", "ivr-changes")
    row = next(row for row in world.supervisor.get("/api/ivr/flows")["flows"] if row["name"] == "default")
    assert (row["active"], row["fault"]) == (made["number"], None)

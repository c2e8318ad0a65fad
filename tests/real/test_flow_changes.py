"""An admin changes what callers hear while the service runs: by HTTP, by command, without the database."""

from __future__ import annotations

import time
from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.ivr.test_upload import tone
from tests.peers.program import PeerFailed
from tests.real.service import SUPERVISOR, WholeService, wait

pytestmark = [pytest.mark.real, pytest.mark.timeout(200)]

STEPS = "steps.log"


def text(prompt: str) -> str:
    return (
        "flow: default\nlanguages: [zh, en]\nstart: greet\nsteps:\n"
        f"  greet: {{play: [{prompt}], notice: true, next: person}}\n  person: {{queue: hotline}}\n"
    )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeService]:
    folder = tmp_path_factory.mktemp("changes")
    with WholeService(folder, agents=1) as world:
        world.switch.rx(f"logger add channel {STEPS} verbose(3)")
        yield world


def played(world: WholeService, prompt: str) -> bool:
    log = world.switch.settings.directories.log / STEPS
    return prompt in log.read_text(errors="replace") if log.exists() else False


def hears(world: WholeService, prompt: str) -> None:
    """The next caller hears this prompt and reaches the agent."""
    (world.switch.settings.directories.log / STEPS).write_text("")
    citizen = world.dial()
    try:
        world.talking(citizen)
        assert played(world, prompt), (world.switch.settings.directories.log / STEPS).read_text()
    finally:
        world.hang_up_all(citizen)
        world.ready(world.seats[0])


def put(world: WholeService, path: str, number: int, expected: int) -> None:
    body = {"op_id": str(uuid4()), "number": number, "expected": expected}
    world.supervisor.post(f"/api/ivr/{path}/activate", body)


def test_a_flow_and_its_prompt_change_for_the_next_call_and_back(world: WholeService) -> None:
    sound = world.service.folder / "flood.wav"
    sound.write_bytes(tone(1.0, 0.05))
    for language in ("zh", "en"):
        world.service.run("ivr", "upload-prompt", f"{language}/flood", str(sound), "--activate")
    wait(
        lambda: len(world.supervisor.get("/api/ivr/prompts/zh/flood/versions")["history"]) == 1,
        "the prompt",
        5,
    )
    time.sleep(2.5)  # the service looks every two seconds
    made = world.supervisor.post(
        "/api/ivr/flows/default/versions", {"op_id": str(uuid4()), "text": text("flood"), "comment": "汛期"}
    )
    put(world, "flows/default", made["number"], expected=0)
    hears(world, "/prompts/zh/flood+1")
    world.supervisor.post(
        "/api/ivr/flows/default/rollback", {"op_id": str(uuid4()), "expected": made["number"]}
    )
    hears(world, "/zh/greeting")
    audit = world.ask_database("SELECT action, actor FROM identity_audit WHERE subject = 'flow:default'")
    assert ("ivr.activate-flow", SUPERVISOR.id) in audit


def test_a_bad_flow_is_refused_and_callers_notice_nothing(world: WholeService) -> None:
    bad = {"op_id": str(uuid4()), "text": text("no-such-prompt")}
    with pytest.raises(PeerFailed, match="missing-prompt"):
        world.supervisor.post("/api/ivr/flows/default/versions", bad)
    hears(world, "/zh/greeting")


def test_a_start_without_the_database_still_has_the_version_in_force(world: WholeService) -> None:
    made = world.supervisor.post(
        "/api/ivr/flows/default/versions",
        {"op_id": str(uuid4()), "text": text("queue-wait, greeting"), "comment": ""},
    )
    active = world.supervisor.get("/api/ivr/flows/default")["active"]
    put(world, "flows/default", made["number"], expected=active)
    hears(world, "/zh/queue-wait")
    shelf = world.service.folder / "ivr"
    assert (shelf / "flows" / f"default+{made['number']}.yaml").exists()
    world.service.program.kill()
    away = world.service.folder / "away"
    away.mkdir()
    database = world.service.folder / "songhua.db"
    for file in world.service.folder.glob("songhua.db*"):
        file.rename(away / file.name)
    database.mkdir()  # no database can be opened there
    (world.switch.settings.directories.log / STEPS).write_text("")
    world.service.start()
    wait(lambda: "GW_BEAT" in world.switch.rx("dialplan show globals"), "a heartbeat", 20)
    time.sleep(3)
    citizen = world.dial()
    wait(lambda: played(world, "/zh/queue-wait"), "the version in force", 15)
    citizen.hang_up()
    database.rmdir()
    for file in away.iterdir():
        file.rename(world.service.folder / file.name)
    world.service.wait_healthy("storage", "ivr-changes")
    row = next(row for row in world.supervisor.get("/api/ivr/flows")["flows"] if row["name"] == "default")
    assert (row["active"], row["fault"]) == (made["number"], None)

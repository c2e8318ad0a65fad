"""A case and a dispatch without a browser, and a field unit's terminal as a process of its own."""

from __future__ import annotations

import json
import sys
import uuid
from pathlib import Path
from typing import Any

from tests.peers.checkout import CHECKOUT
from tests.peers.program import Program
from tests.real.service import WholeService

UID = "app:17"
ENDED = {"done", "declined", "returned", "recalled"}
FIELDS = {"category": "gbt30428.2@2013/P0123", "address": "公滨路5号", "description": "井盖丢失"}


class UnitTerminal:
    """`songhua unit run --auto`: accepts each job at once."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def jobs(self, dispatch: str) -> int:
        """How often this job was shown as new."""
        seen = 0
        for line in self._program.log.read_text(errors="replace").splitlines():
            if line.startswith("{"):
                word = json.loads(line)
                seen += word["kind"] == "job" and word.get("dispatch_id") == dispatch
        return seen

    def close(self) -> None:
        self._program.stop(5)


def unit(world: WholeService, folder: Path) -> UnitTerminal:
    """Register a unit and switch its terminal on."""
    issued = world.supervisor.post("/api/units", {"unit_id": UID, "name": "南岗市政 17", "crew": ["张伟"]})
    words = ["run", "--uid", UID, "--broker", f"127.0.0.1:{world.broker.port}"]
    words += ["--store", str(folder / "unit.db"), "--auto", "--steps", "accepted", "--delay", "0", "--json"]
    program = Program(
        [sys.executable, "-m", "gateway.unit_cli", *words],
        log=folder / "unit.log",
        cwd=CHECKOUT,
        env={"SONGHUA_UNIT_PASSWORD": issued["password"]},
    )

    def online() -> bool:
        units = world.supervisor.get("/api/units")["units"]
        return any(one["unit_id"] == UID and one["online"] for one in units)

    program.wait_until(online, what="unit that is online", timeout=20)
    return UnitTerminal(program)


def a_case(world: WholeService, call: str) -> str:
    """File a case by hand, as an agent does without a transcript; its id."""
    (there,) = (one["agent_ids"] for one in world.calls() if one["call_id"] == call)
    agent = next(seat.visitor for seat in world.seats if seat.person.id in there)
    draft: dict[str, Any] = agent.post(f"/api/calls/{call}/drafts", {"op_id": str(uuid.uuid4())})
    path = f"/api/drafts/{draft['draft_id']}"
    for field, value in FIELDS.items():
        rev = agent.get(path)["fields"][field]["rev"]
        agent.patch(path, {"op_id": str(uuid.uuid4()), "field": field, "value": value, "rev": rev})
    return str(agent.post(f"{path}/confirm", {"op_id": str(uuid.uuid4())})["case_id"])


def dispatch(world: WholeService, case: str) -> str:
    """Order the unit there; the dispatch's id. What a test that failed left open is recalled first."""
    for one in world.supervisor.get(f"/api/cases/{case}")["dispatches"]:
        if one["step"] not in ENDED:
            reason = {"op_id": str(uuid.uuid4()), "reason": "left open"}
            world.supervisor.post(f"/api/dispatches/{one['dispatch_id']}/recall", reason)
    answer = world.supervisor.post(
        f"/api/cases/{case}/dispatch", {"op_id": str(uuid.uuid4()), "unit_id": UID}
    )
    return str(answer["dispatch_id"])


def step_of(world: WholeService, case: str, order: str) -> str:
    """How far this dispatch has come, as the centre knows."""
    found = world.supervisor.get(f"/api/cases/{case}")["dispatches"]
    return str(next(one["step"] for one in found if one["dispatch_id"] == order))

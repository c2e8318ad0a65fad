"""What is said of agents and by whom: on the board, at the switch, and in the ledger."""

from __future__ import annotations

import uuid
from typing import Any

from tests.peers.program import PeerFailed
from tests.real.service import Seat, WholeService
from tests.waiting import seconds_until

WITHIN_S = 5.0
"""What is promised of a repair."""
NEEDED = ("asterisk", "hotline", "storage")
"""Parts that these tests stand on: of the roles only `centre` runs."""


def view(world: WholeService, seat: Seat) -> dict[str, Any]:
    rows: list[dict[str, Any]] = world.supervisor.get("/api/agents")["agents"]
    return next(row for row in rows if row["agent_id"] == seat.person.id)


def becomes(world: WholeService, seat: Seat, timeout: float = 20.0, **fields: object) -> float:
    """Wait until the agent's view has these fields; the seconds that it took."""

    def is_so() -> bool:
        now = view(world, seat)
        return all(now[name] == value for name, value in fields.items())

    try:
        return seconds_until(is_so, f"{fields}", timeout)
    except PeerFailed as late:
        raise PeerFailed(f"{late}; the view is {view(world, seat)}") from late


def member(world: WholeService, seat: Seat, queue: str = "hotline") -> str:
    """The line of `queue show` about this agent, empty if he is no member."""
    lines = world.switch.rx(f"queue show {queue}").splitlines()
    return next((line for line in lines if f"PJSIP/{seat.endpoint}" in line), "")


def op() -> str:
    return str(uuid.uuid4())


def force(world: WholeService, seat: Seat, state: str, reason: str) -> dict[str, Any]:
    body = {"op_id": op(), "state": state, "reason": reason}
    found: dict[str, Any] = world.supervisor.post(f"/api/agents/{seat.person.id}/state", body)
    return found


def moves(world: WholeService, seat: Seat) -> list[tuple[str, str, str]]:
    rows = world.ask_database(
        'SELECT state, reason, "by" FROM cdr_agent_states '
        f"WHERE agent_id = '{seat.person.id}' ORDER BY at, event_id"
    )
    return [(str(row[0]), str(row[1]), str(row[2])) for row in rows]

"""Who may try the demo: an account for each role of the desk. `endpoint` is a telephone in the page."""

from __future__ import annotations

from typing import Final

from tests.peers.songhua import Person

VISITORS: Final = (
    Person("agent", "坐席", ("agent",), endpoint="agent-3"),
    Person("supervisor", "班长", ("supervisor",), endpoint="agent-4"),
    Person("dispatcher", "调度员", ("dispatcher",), endpoint="agent-5"),
    Person("acceptor", "核查员", ("acceptor",)),
    Person(
        "department",
        "承办科员",
        ("department",),
        departments=("drainage", "district-230102", "district-230103"),
    ),
    Person("admin", "系统管理员", ("admin",)),
)

"""Writes docs/rights.md anew: `python -m tests.gateway.rights`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.actor import Role
from core.rights import EVERYONE, AccessRight
from gateway.wiring.rights import ROOMS
from tests.peers.checkout import CHECKOUT

PAGE = CHECKOUT / "docs" / "rights.md"
TITLES = {
    "identity": "People and sessions",
    "hotline": "Calls, queues, agents",
    "cases": "Drafts, cases, dispatches, articles",
    "citizen": "Reports of citizens by other channels than the telephone",
    "cdr": "The ledger",
    "ivr": "Flows and prompts",
    "field": "Units, jobs, messages, talkgroups",
    "radio_bridge": "Radio networks, floor and patches",
    "runtime_settings": "Settings that are changed at the desk",
    "sensing": "Cameras, feeds and change patches",
    "warning": "Warnings",
    "web": "The web itself",
}
OPEN = {"none": "everybody, without signing in", "own": "by a proof of its own"}
OTHERS = {"all": "", "masked": "masked", "none": "refused"}
HEAD = """# Rights

For administrators who give roles and scopes, and contributors who add a route: who may do what. The service
checks these lines at its edge and in its rooms; a route without a line prevents the start.
`python -m tests.gateway.rights` writes this page from the `rights.py` of each room, and a test compares it.

- **Roles** add up: an agent and supervisor may do what either may. An admin has no other role's rights.
- **Scope** limits a person to queues, districts (six-digit codes), departments or talkgroups; without a scope
  of a kind there is no limit of that kind. `songhua user scope USER queue=hotline district=230102` or
  `POST /api/users/{user_id}/scopes` sets them. Who has the role department sees the cases of his departments
  alone, and none without a department. What has no queue or district yet is within every scope.
- **Of others** says what is shown of an object that belongs to somebody else: *masked* is without personal
  and secret parts, *refused* is 403, 404, 409, or a list without it. Empty: all of it.
- **API tokens** may do what their roles may, within their operations ([tokens](tokens.md)), where the line
  does not refuse them.
- **…** begins a line about what the body of the operation above may ask for beyond it.
"""


def page() -> str:
    """The page as it has to be."""
    return HEAD + "".join(part for room, lines in ROOMS.items() for part in _room(TITLES[room], lines))


def _room(title: str, lines: Sequence[AccessRight]) -> Iterator[str]:
    yield f"\n## {title}\n\n| what | who | scope | of others | rule |\n|---|---|---|---|---|\n"
    for line in lines:
        scope = line.scope.value if line.scope else ""
        yield f"| {line.what} | {_who(line)} | {scope} | {_others(line)} | {line.rule} |\n"
    yield "\n"
    for line in lines:
        if line.operations:
            yield f"- {line.what}: {', '.join(f'`{one}`' for one in line.operations)}\n"


def _others(line: AccessRight) -> str:
    said = OTHERS[line.others]
    return f"{said}; all: {', '.join(line.freely)}" if line.freely else said


def _who(line: AccessRight) -> str:
    if line.proof != "session":
        return OPEN[line.proof]
    who = "whoever is signed in" if line.roles == EVERYONE else ", ".join(r for r in Role if r in line.roles)
    return who if line.by_token else f"{who}; no API token"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

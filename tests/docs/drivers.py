"""Writes docs/drivers.md from docs/data/drivers.toml: `python -m tests.docs.drivers`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tests.peers.checkout import CHECKOUT

TABLE: Final = CHECKOUT / "docs" / "data" / "drivers.toml"
PAGE: Final = CHECKOUT / "docs" / "drivers.md"
SHORT: Final = {"S/": "tests/radio_bridge/drivers/", "R/": "tests/real/radio/"}
STATES: Final = ("done", "exempt", "todo")
HEAD: Final = """\
# Quality of the radio drivers

<!-- Written by `python -m tests.docs.drivers`; a test keeps it. Change `docs/data/drivers.toml`. -->

For contributors who change a driver, and operators who choose a network: which rules each driver keeps. The
data file names the tests that show it; *exempt* and *todo* have their reasons below. What each network can
do: [radio.md](radio.md).
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """How a driver stands to one rule. `shown` are `FILE` or `FILE::TEST`, of a rule that is done."""

    rule: str
    state: str
    shown: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Driver:
    """A row of the scale; `page` lies in docs/."""

    name: str
    network: str
    page: str
    peer: str
    kept: tuple[Kept, ...]


def rules() -> dict[str, str]:
    """What each rule asks for, by its key."""
    found: dict[str, str] = _read()["rules"]
    return found


def drivers() -> list[Driver]:
    """Every driver of the table. Raises `KeyError` for a missing rule, `ValueError` for a stateless one."""
    read = _read()
    return [
        Driver(name, of["network"], of["page"], of["peer"], tuple(_kept(rule, of) for rule in read["rules"]))
        for name, of in read["drivers"].items()
    ]


def page() -> str:
    """The page as it has to be."""
    return "".join((HEAD, *_overview(drivers()), *(line for one in drivers() for line in _details(one))))


def _read() -> dict[str, Any]:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def _kept(rule: str, of: dict[str, Any]) -> Kept:
    if rule == "documented":
        return Kept(rule, "done", (f"docs/{of['page']}",), "")
    said = of[rule]
    shown = tuple(_whole(one) for one in (*said.get("tests", ()), *said.get("code", ())))
    if shown:
        return Kept(rule, "done", shown, "")
    for state in STATES[1:]:
        if state in said:
            return Kept(rule, state, (), said[state])
    raise ValueError(f"{rule}: neither tests nor code nor a reason")


def _whole(test: str) -> str:
    return re.sub(r"^(S/|R/)", lambda short: SHORT[short[1]], test)


def _overview(all_of_them: Sequence[Driver]) -> Iterator[str]:
    yield f"\n| rule | {' | '.join(f'`{one.network}`' for one in all_of_them)} |\n"
    yield "|---" * (len(all_of_them) + 1) + "|\n"
    for place, what in enumerate(rules().values()):
        yield f"| {what} | {' | '.join(one.kept[place].state for one in all_of_them)} |\n"


def _details(one: Driver) -> Iterator[str]:
    yield f"\n## {one.network}: `{one.name}`\n\nTested with {one.peer}. [Its page]({one.page}).\n\n"
    for kept in one.kept:
        if kept.reason:
            yield f"- {kept.state}: {rules()[kept.rule]}: {kept.reason}.\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

"""The table that makes steps of jobs of what networks say, and which job is meant. Pure and total."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, cast, get_args

from cases.events import CREW_STEPS, UNDER_WAY, CrewStep, DispatchStep
from core.translation import Translatable
from core.translation import gettext_lazy as _
from field.contract.names import name_key
from field.dispatches.model import LIVE, NUMBER_DIGITS, UnitJob

Kind = Literal["status", "button", "text", "dtmf"]
"""A pre-coded status (a number), a button (a name), words of a text, keys of a telephone or radio."""
ANY: Final = "*"
MOST_RULES: Final = 400
MOST_CODE: Final = 24
MOST_COMMENT: Final = 500
BUILT_IN: Final = 0
"""The version that comes with the program."""

EMERGENCY: Final = 0
FIRST_OWN: Final = 32_768
LAST_STATUS: Final = 65_535
"""Of TETRA's pre-coded statuses a network may give a meaning to 32768–65535; 0 is Emergency, the others are
reserved (EN 300 392-2, clause 14.8.34).
"""

_NETWORK: Final = re.compile(r"[a-z][a-z0-9]{0,9}")
_DTMF: Final = re.compile(r"[0-9A-D*#]{1,8}")
_NUMBER: Final = re.compile(rf"[0-9]{{1,{NUMBER_DIGITS}}}")


@dataclass(frozen=True, slots=True)
class StatusRule:
    """`network` as in the units' names, or `*`; `code` as it is written in the table."""

    network: str
    kind: Kind
    code: str
    step: CrewStep


@dataclass(frozen=True, slots=True)
class StatusTableProblem:
    """`line` counts rules from 1; 0 is the table as a whole."""

    line: int
    code: str
    said: Translatable

    @property
    def zh(self) -> str:
        """The problem in Chinese."""
        return self.said.in_language("zh")

    @property
    def en(self) -> str:
        """The problem in English."""
        return self.said.in_language("en")


@dataclass(frozen=True, slots=True)
class StatusTableVersion:
    number: int
    rules: tuple[StatusRule, ...]
    comment: str = ""
    made_by: str = ""
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Meant:
    """A step, and the number of the job where the crew said one."""

    step: CrewStep
    number: str = ""


@dataclass(frozen=True, slots=True)
class Unclear:
    """The word fits several jobs: these are their numbers."""

    numbers: tuple[str, ...]


def _defaults() -> tuple[StatusRule, ...]:
    words: dict[CrewStep, tuple[str, ...]] = {
        DispatchStep.ACCEPTED: ("接受", "收到", "accept"),
        DispatchStep.DECLINED: ("拒绝", "decline"),
        DispatchStep.ON_THE_WAY: ("出发", "go"),
        DispatchStep.ARRIVED: ("到达", "arrived"),
        DispatchStep.DONE: ("完成", "done"),
        DispatchStep.RETURNED: ("退回", "return"),
    }
    found: list[StatusRule] = []
    for number, step in enumerate(words, 1):
        found += [StatusRule(ANY, "text", str(number), step), StatusRule(ANY, "dtmf", str(number), step)]
        found.append(StatusRule("tetra", "status", str(FIRST_OWN + number), step))
        found += [StatusRule(ANY, "text", word, step) for word in words[step]]
        found.append(StatusRule(ANY, "button", step.value, step))
    return tuple(found)


DEFAULTS: Final = _defaults()


def code_key(kind: Kind, code: str) -> str | None:
    """Equal for codes that mean the same; None for what is no such code."""
    text = code.strip()
    if not text or len(text) > MOST_CODE:
        return None
    if kind == "status":
        number = _integer(text)
        return None if number is None or not 0 <= number <= LAST_STATUS else str(number)
    if kind == "dtmf":
        keys = text.upper()
        return keys if _DTMF.fullmatch(keys) else None
    return name_key(text) or None


def _integer(text: str) -> int | None:
    """Decimal, or hexadecimal with 0x; ASCII digits alone."""
    if re.fullmatch(r"0[xX][0-9A-Fa-f]{1,8}", text):
        return int(text, 16)
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None


def check(rules: Sequence[StatusRule]) -> list[StatusTableProblem]:
    """What is wrong with a table; empty when it may be used."""
    found: list[StatusTableProblem] = []
    if not rules:
        found.append(StatusTableProblem(0, "empty", _("the table has no rules")))
    if len(rules) > MOST_RULES:
        found.append(StatusTableProblem(0, "too-many", _("more than {most} rules", most=MOST_RULES)))
    seen: dict[tuple[str, str, str], int] = {}
    for line, rule in enumerate(rules[:MOST_RULES], 1):
        problem = _wrong(line, rule)
        if problem is not None:
            found.append(problem)
            continue
        key = (rule.network, rule.kind, code_key(rule.kind, rule.code) or "")
        if key in seen:
            found.append(StatusTableProblem(line, "doubled", _("the same as rule {other}", other=seen[key])))
        seen.setdefault(key, line)
    return found


def _wrong(line: int, rule: StatusRule) -> StatusTableProblem | None:
    if rule.network != ANY and not _NETWORK.fullmatch(rule.network):
        return StatusTableProblem(line, "network", _("no network is called so; * is any"))
    if rule.kind not in get_args(Kind) or rule.step not in CREW_STEPS:
        return StatusTableProblem(line, "word", _("no such kind or step"))
    if rule.step in {DispatchStep.DELIVERED, DispatchStep.DISPLAYED}:
        return StatusTableProblem(line, "step", _("delivered and displayed are the network's word"))
    return _wrong_code(line, rule, code_key(rule.kind, rule.code))


def _wrong_code(line: int, rule: StatusRule, key: str | None) -> StatusTableProblem | None:
    if key is None:
        return StatusTableProblem(line, "code", _("this is no such code"))
    if rule.kind == "status" and int(key) == EMERGENCY:
        return StatusTableProblem(line, "emergency", _("status 0 is Emergency"))
    if rule.kind == "status" and rule.network == "tetra" and int(key) < FIRST_OWN:
        return StatusTableProblem(line, "reserved", _("1–32767 are reserved by the standard"))
    return None


def meant(rules: Sequence[StatusRule], network: str, kind: Kind, code: str) -> Meant | None:
    """The step that this network's word means; its own rule goes before one for any. None: no rule fits."""
    for said, number in _readings(kind, code):
        key = code_key(kind, said)
        if key is None:
            continue
        fits = [one for one in rules if one.kind == kind and code_key(kind, one.code) == key]
        for wanted in (network, ANY):
            for one in fits:
                if one.network == wanted:
                    return Meant(one.step, number)
    return None


def _readings(kind: Kind, code: str) -> list[tuple[str, str]]:
    """The word as a whole, then as a word and the number of a job: `1 50042`, `完成50042`, `1*50042#`."""
    text = code.strip()[: MOST_CODE + NUMBER_DIGITS + 2]
    found = [(text, "")]
    if kind == "dtmf":
        word, star, number = text.rstrip("#").partition("*")
        if star and _NUMBER.fullmatch(number):
            found.append((word, number))
        found.append((text.rstrip("#"), ""))
    elif kind == "text":
        parts = re.fullmatch(r"(.*?[^0-9\s])\s*([0-9]{1,5})|([0-9]{1,2})\s+([0-9]{1,5})", text, re.DOTALL)
        if parts is not None:
            found.append((parts[1] or parts[3] or "", parts[2] or parts[4] or ""))
    return [(word.strip(), number) for word, number in found]


def about(jobs: Sequence[UnitJob], what: Meant) -> UnitJob | Unclear | None:
    """The job that a crew means; None when it has none that this step fits.

    Without a number a step fits the one job that waits for it: an answer those that have none, anything else
    those that are taken (or, where none is, the only one that it was told of). A guess between two is none.
    """
    live = [job for job in jobs if job.state in LIVE and job.content is not None]
    if what.number:
        wanted = what.number.lstrip("0")
        fits = [job for job in live if job.content and job.content.number.lstrip("0") == wanted]
    else:
        fresh = [job for job in live if job.last_step not in UNDER_WAY]
        taken = [job for job in live if job.last_step in UNDER_WAY]
        fits = fresh if what.step in {DispatchStep.ACCEPTED, DispatchStep.DECLINED} else taken or fresh
    if len(fits) > 1:
        return Unclear(tuple(job.content.number for job in fits if job.content))
    return fits[0] if fits else None


def rule_of(network: str, kind: str, code: str, step: str) -> StatusRule:
    """A rule as it is written; `check` says whether its kind and step exist."""
    known = DispatchStep(step) if step in CREW_STEPS else step
    return StatusRule(network, cast("Kind", kind), code, cast("CrewStep", known))


def read_rules(given: Any) -> tuple[tuple[StatusRule, ...], list[StatusTableProblem]]:
    """Rules of a parsed file: a list of `{network, kind, code, step}`, or `{rules: […]}`. Never raises."""
    rows = given.get("rules") if isinstance(given, dict) else given
    if not isinstance(rows, list):
        return (), [StatusTableProblem(0, "form", _("a list of rules is wanted"))]
    rules: list[StatusRule] = []
    found: list[StatusTableProblem] = []
    for line, row in enumerate(rows[: MOST_RULES + 1], 1):
        if not isinstance(row, dict) or not {"kind", "code", "step"} <= set(row) <= {
            "network", "kind", "code", "step",
        }:  # fmt: skip
            found.append(
                StatusTableProblem(line, "form", _("each rule has kind, code, step and perhaps network"))
            )
            continue
        words = [str(row.get(name, ANY)) for name in ("network", "kind", "code", "step")]
        rules.append(rule_of(*words))
    return tuple(rules), found or check(rules)

"""Reason codes of states: the operator's list. A code that is not in it is refused, with the list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Final, Literal

from pydantic import Field

from core.models import Strict
from hotline.agents.events import AgentState
from hotline.errors import UnknownReason

CODE: Final = r"^[a-z0-9][a-z0-9_-]{0,23}$"
"""Short enough for the switch's 80 characters, which carry the state over a restart of the gateway."""

NO_ANSWER: Final = "no_answer"
PAGE_LOST: Final = "page_lost"
AT_THE_SWITCH: Final = "switch"
"""Somebody paused the member at the switch itself while no ledger ran."""

Pause = Literal["busy", "rest", "study"]


class ReasonCode(Strict):
    """`forced`: only a supervisor gives it, and for any state."""

    code: Annotated[str, Field(pattern=CODE)]
    zh: Annotated[str, Field(min_length=1, max_length=40)]
    en: Annotated[str, Field(min_length=1, max_length=40)]
    state: Pause = "busy"
    forced: bool = False


USUAL: Final = (
    ReasonCode(code="paperwork", zh="补录工单", en="Paperwork"),
    ReasonCode(code="consulting", zh="业务咨询", en="Asking a colleague"),
    ReasonCode(code="meeting", zh="会议", en="Meeting"),
    ReasonCode(code="equipment", zh="设备故障", en="Equipment fault"),
    ReasonCode(code="personal", zh="个人事务", en="Personal"),
    ReasonCode(code="break", zh="小休", en="Short break", state="rest"),
    ReasonCode(code="lunch", zh="用餐", en="Lunch", state="rest"),
    ReasonCode(code="training", zh="培训", en="Training", state="study"),
    ReasonCode(code="coaching", zh="辅导", en="Coaching", state="study"),
    ReasonCode(code="quality", zh="质检要求", en="Quality check", forced=True),
    ReasonCode(code="absent", zh="擅自离席", en="Away without leave", forced=True),
    ReasonCode(code="staffing", zh="班长调度", en="Staffing", forced=True),
)

OWN: Final = (
    ReasonCode(code=NO_ANSWER, zh="多次未接", en="Calls missed"),
    ReasonCode(code=PAGE_LOST, zh="页面断开", en="Page lost"),
    ReasonCode(code=AT_THE_SWITCH, zh="交换机上示忙", en="Paused at the switch"),
)
"""What the ledger itself gives; nobody asks for these."""


def check_reason(reasons: Iterable[ReasonCode], state: AgentState, code: str, *, forced: bool) -> str:
    """The code. A supervisor must give one; an agent need not. Raises `UnknownReason` with the list."""
    if not code and not forced:
        return code
    allowed = [
        one.code for one in reasons if (one.forced and forced) or (not one.forced and one.state == state)
    ]
    if code not in allowed:
        raise UnknownReason(f"reasons for {state}: {', '.join(allowed) or 'none'}")
    return code

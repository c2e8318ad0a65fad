"""Reports of citizens by other channels than the telephone."""

from __future__ import annotations

from typing import Final

from privacy.model import ErasureMethod, Period, Whose, nobody, table

_KEPT: Final = Period("a year, or as set", "citizen.kept_days", "centre, once an hour")

CITIZEN: Final = (
    table(
        "citizen_reports",
        Whose.CITIZEN,
        "what is wrong, and where the reporter is answered",
        kept=_KEPT,
        shown="Text, place and number for agents and supervisors; the reporter's address to nobody",
        held=(
            ("text", "the report's words", ErasureMethod.MASKED),
            ("place", "place of the problem", ErasureMethod.MASKED),
            ("reporter", "openid, number or address for answers", ErasureMethod.CLEARED),
            ("phone", "telephone number", ErasureMethod.CLEARED),
        ),
        plain="channel message_id digest source number code category case_number progress",
    ),
    table(
        "citizen_pictures",
        Whose.CITIZEN,
        "pictures of what is wrong",
        kept=_KEPT,
        shown="For agents and supervisors",
        held=(("content", "a picture, without place and time", ErasureMethod.DELETED),),
        plain="kind sha256",
    ),
    nobody(
        "citizen_notices",
        "steps of a report that its reporter is told",
        "progress declined state case_number",
    ),
    nobody("citizen_report_cases", "the step of each case that a reporter was last told", "progress"),
    nobody("citizen_counters", "the next report number of a day", "day"),
)

"""Reports of citizens by other channels than the telephone."""

from __future__ import annotations

from typing import Final

from privacy.model import ErasureMethod, Period, Whose, nobody, table

_KEPT: Final = Period("a year, or as set", "citizen.kept_days", "centre, once an hour")

_A_DAY: Final = Period("a day", by="centre, once an hour")

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
        plain="channel message_id digest source number code category case_number progress street"
        " case_category public_key",
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
    table(
        "citizen_additions",
        Whose.CITIZEN,
        "what a reporter added to an own report",
        kept=_KEPT,
        shown="For agents and supervisors",
        held=(("text", "the reporter's words", ErasureMethod.MASKED),),
        plain="message_id",
    ),
    table(
        "citizen_ratings",
        Whose.CITIZEN,
        "how a reporter rated an own report",
        kept=_KEPT,
        shown="For agents and supervisors",
        held=(("words", "the reporter's words", ErasureMethod.MASKED),),
    ),
    nobody("citizen_me_too", "devices that said “me too”, as digests that differ for each report", "device"),
    table(
        "citizen_wechat_messages",
        Whose.CITIZEN,
        "answers to messages of WeChat, for its repetitions",
        kept=_A_DAY,
        shown="To nobody",
        held=(("answer", "may repeat the person's words", ErasureMethod.MASKED),),
        plain="key",
    ),
    table(
        "citizen_wechat_dialogues",
        Whose.CITIZEN,
        "where a dialogue by WeChat stands",
        kept=_A_DAY,
        shown="To nobody",
        held=(
            ("openid", "names the person within the official account", ErasureMethod.CLEARED),
            ("state", "words and place of a report that is not sent yet", ErasureMethod.MASKED),
        ),
    ),
    table(
        "citizen_wechat_jobs",
        Whose.CITIZEN,
        "what is to be done and said to a person by WeChat",
        kept=_A_DAY,
        shown="To nobody",
        held=(
            ("openid", "names the person within the official account", ErasureMethod.CLEARED),
            ("payload", "words of the person or to the person", ErasureMethod.MASKED),
            ("content", "a photo until its report is registered", ErasureMethod.DELETED),
        ),
        plain="kind report_key state",
    ),
    nobody("citizen_notices", "steps of a report that its reporter is told", "progress declined state"),
    nobody("citizen_counters", "the next report number of a day", "day"),
)

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
            ("email", "e-mail address for notices", ErasureMethod.GOES_ALONG),
        ),
        plain="channel message_id digest source number code category case_number progress street"
        " case_category public_key language",
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
    table(
        "citizen_messages",
        Whose.CITIZEN,
        "text messages and e-mails about a report or a case, and what became of them",
        kept=_KEPT,
        shown="Words for who may read the case; the number masked",
        held=(
            ("number", "telephone number, or a masked e-mail address", ErasureMethod.CLEARED),
            ("text", "what the citizen reads", ErasureMethod.MASKED),
        ),
        plain="purpose channel template step state error sent_by",
    ),
    nobody("citizen_message_parts", "the SMSC's ids of messages, and their receipts", "smsc_id receipt"),
    table(
        "citizen_received_parts",
        Whose.CITIZEN,
        "parts of a citizen's text message until all are there",
        kept=Period("an hour after the last part", by="centre"),
        shown="To nobody",
        held=(
            ("number", "telephone number", ErasureMethod.DELETED),
            ("text", "the citizen's words", ErasureMethod.DELETED),
        ),
    ),
    nobody(
        "citizen_opt_outs",
        "digests of numbers and e-mail addresses that want no messages; it outlives an erasure",
        "digest by",
    ),
    nobody(
        "citizen_call_choices",
        "digests of numbers whose owners want calls instead of text messages; it outlives an erasure",
        "digest by",
    ),
    nobody(
        "citizen_mail_keys",
        "the key by which the owner of an address, known by its digest, stops e-mails",
        "key digest",
    ),
    table(
        "citizen_follow_ups",
        Whose.CITIZEN,
        "whether a closed case is solved, as its reporter says",
        kept=_KEPT,
        shown="The number for the agent who has taken it; notes for who may read the case",
        held=(
            ("number", "telephone number", ErasureMethod.CLEARED),
            ("note", "what the reporter said", ErasureMethod.MASKED),
            ("concern_note", "what was found about it", ErasureMethod.MASKED),
        ),
        plain="case_number source district category department way state taken_by answered_by concern"
        " concern_by",
    ),
    nobody("citizen_report_cases", "the step of each case that a reporter was last told", "progress"),
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
        kept=Period("a day, photos of staff three", by="centre, once an hour"),
        shown="To nobody",
        held=(
            ("openid", "names the person within the official account", ErasureMethod.CLEARED),
            ("payload", "words of the person or to the person", ErasureMethod.MASKED),
            ("content", "a photo until its report is registered", ErasureMethod.DELETED),
        ),
        plain="kind report_key state",
    ),
    table(
        "citizen_wechat_bindings",
        Whose.STAFF,
        "which member of staff works by which WeChat",
        kept=Period("until the binding ends", by="the member, an administrator, or leaving the service"),
        shown="That somebody is bound, for admins and himself; the openid to nobody",
        held=(
            ("openid", "names the person within the official account", ErasureMethod.KEPT),
            ("member", "user, or unit", ErasureMethod.KEPT),
            ("code_by", "user who made the code", ErasureMethod.KEPT),
        ),
        plain="kind",
    ),
    table(
        "citizen_wechat_codes",
        Whose.STAFF,
        "codes by which members of staff are bound, as digests",
        kept=Period("until it is used; ten minutes, or as set", "citizen.wechat.staff.code_min", by="centre"),
        shown="The code once, to who made it",
        held=(
            ("member", "user, or unit", ErasureMethod.KEPT),
            ("made_by", "user who made the code", ErasureMethod.KEPT),
        ),
        plain="digest kind",
    ),
    nobody("citizen_counters", "the next report number of a day", "day"),
)

"""The call centre as it is now: callbacks, listed numbers, what was said about calls."""

from __future__ import annotations

from typing import Final

from privacy.model import ErasureMethod, Period, Whose, nobody, table

HOTLINE: Final = (
    table(
        "hotline_callbacks",
        Whose.CITIZEN,
        "whom to call back",
        kept=Period("30 days after it is over", "hotline.callbacks.kept_s", "centre, once a day"),
        shown="Number masked, except for the agent who calls",
        held=(
            ("number", "telephone number", ErasureMethod.DELETED),
            ("entry", "number, wish, notes", ErasureMethod.DELETED),
        ),
        plain="queue stage outcome",
    ),
    table(
        "hotline_dispositions",
        Whose.CITIZEN,
        "what a call was about",
        kept=Period("the note as the call's person", "cdr.retention", "centre, once a day"),
        shown="For staff",
        held=(("note", "what an agent wrote", ErasureMethod.CLEARED),),
        plain="kind case_ids agent_id",
    ),
    table(
        "hotline_nuisance",
        Whose.CITIZEN,
        "numbers that are treated as malicious, until a stated day",
        kept=Period(
            "365 days after the listing is over", "hotline.nuisance.kept_days", "centre, every minute"
        ),
        shown="For supervisors and admins",
        held=(
            ("number", "telephone number", ErasureMethod.CLEARED),
            ("open_number", "telephone number", ErasureMethod.CLEARED),
            ("reason", "why it is listed", ErasureMethod.MASKED),
            ("lift_reason", "why no more", ErasureMethod.MASKED),
        ),
        plain="added_by lifted_by",
    ),
    table(
        "hotline_operations",
        Whose.CITIZEN,
        "an act on a call is done once",
        kept=Period("30 days", "privacy.operations_days", "centre, once an hour"),
        shown="To whoever asked",
        held=(("answer", "outside number that was asked for", ErasureMethod.MASKED),),
        plain="verb actor_id digest outcome",
    ),
    table(
        "hotline_alarm_calls",
        Whose.STAFF,
        "who was called for an emergency, and whether he answered",
        kept=Period("365 days", "hotline.alarms.kept_days", "centre, once a day"),
        shown="For dispatchers and supervisors",
        held=(
            ("name", "name", ErasureMethod.KEPT),
            ("phone", "telephone", ErasureMethod.KEPT),
            ("line", "telephone", ErasureMethod.KEPT),
        ),
        plain="unit_id user_id way system stage outcome",
    ),
    table(
        "hotline_crew_calls",
        Whose.CREW,
        "which crew was called, and whether it answered",
        kept=Period("365 days", "hotline.crews.kept_days", "centre, once a day"),
        shown="For dispatchers and supervisors",
        held=(("phone", "telephone", ErasureMethod.KEPT), ("line", "telephone", ErasureMethod.KEPT)),
        plain="purpose unit_id number system stage key outcome",
    ),
    nobody(
        "hotline_follow_up_calls",
        "which follow-up was called about, and what came of it",
        "phone line system stage key spoken outcome",
    ),
    nobody(
        "hotline_notice_calls",
        "which notice was told by telephone, and what came of it",
        "phone line system stage key outcome",
    ),
    nobody(
        "hotline_warning_calls",
        "which recipient of a warning was called, by an id, and what came of it",
        "phone line system stage mark about key outcome",
    ),
    table(
        "hotline_conference_members",
        Whose.STAFF,
        "who was asked into the conference of a case, when he came and left",
        kept=Period(
            "365 days; a telephone and its digest until the conference is over",
            "hotline.conferences.kept_days",
            "centre, once an hour",
        ),
        shown="For staff who see the case whole; a telephone by its last four digits",
        held=(
            ("phone", "telephone", ErasureMethod.KEPT),
            ("line", "digest of the telephone", ErasureMethod.KEPT),
            ("name", "name, or the last four digits", ErasureMethod.KEPT),
            ("who", "user, unit, or the last four digits", ErasureMethod.KEPT),
        ),
        plain="kind added_by outcome",
    ),
    table(
        "hotline_conference_calls",
        Whose.STAFF,
        "which member was called once",
        kept=Period(
            "365 days; a telephone's digest until the call is over",
            "hotline.conferences.kept_days",
            "centre, once an hour",
        ),
        shown="To nobody",
        held=(("line", "digest of the telephone", ErasureMethod.KEPT),),
        plain="phone system stage outcome way",
    ),
    nobody("hotline_conferences", "which case has a conference", "opened_by end_cause"),
    nobody("hotline_conference_acts", "what was done in a conference", "by act"),
    nobody("hotline_agents", "the state of each agent", "agent_id endpoint state reason forced_by"),
    nobody("hotline_phone_claims", "which page has a phone", "agent_id endpoint page_id load_id"),
    nobody("hotline_calls", "which calls need a disposition", "outcome agent_ids queue direction"),
    nobody("hotline_callback_calls", "which lost call became which callback"),
    nobody("hotline_callback_operations", "an act on a callback is done once", "verb actor_id"),
)

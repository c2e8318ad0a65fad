"""Field units: crews, their jobs, texts, places and photos."""

from __future__ import annotations

from typing import Final

from privacy.model import ErasureMethod, Period, Whose, nobody, table

_CHAIN: Final = Period("365 days", "field.escalation.kept_days", "radio, once an hour")
_UNIT: Final = Period("as long as the unit is registered")
_DESKS: Final = "For dispatchers and supervisors"

FIELD: Final = (
    table(
        "radio_texts",
        Whose.CITIZEN,
        "texts between centre and crews",
        kept=Period("180 days", "field.texts_kept_days", "centre, once an hour"),
        shown=_DESKS,
        held=(
            ("text", "free text", ErasureMethod.MASKED),
            ("by_name", "name of a colleague", ErasureMethod.KEPT),
        ),
        plain="unit_id way state by read_by",
    ),
    table(
        "radio_jobs",
        Whose.CITIZEN,
        "what a crew is to do",
        kept=Period("as long as the case: a public record"),
        shown="For the crew and dispatchers",
        held=(
            ("content", "place and description", ErasureMethod.MASKED),
            ("reason", "free text", ErasureMethod.MASKED),
        ),
        plain="unit_id state last_step",
    ),
    table(
        "radio_deliveries",
        Whose.CREW,
        "by which bearer a crew was told",
        kept=_CHAIN,
        shown=_DESKS,
        held=(
            ("address", "telephone or radio of a crew", ErasureMethod.KEPT),
            ("why", "free text", ErasureMethod.MASKED),
        ),
        plain="unit_id purpose bearer reports stage",
    ),
    table(
        "radio_emergencies",
        Whose.CREW,
        "who pressed for help, and who answered",
        shown=_DESKS,
        held=(
            ("note", "free text", ErasureMethod.MASKED),
            ("acknowledged_name", "name of a colleague", ErasureMethod.KEPT),
            ("cleared_name", "name of a colleague", ErasureMethod.KEPT),
        ),
        plain="unit_id state asked acknowledged_by cleared_by kind talkgroup",
    ),
    table(
        "radio_units",
        Whose.CREW,
        "crews and their equipment",
        kept=_UNIT,
        shown="For staff",
        held=(
            ("name", "name of a unit", ErasureMethod.KEPT),
            ("crew", "names of its people", ErasureMethod.KEPT),
            ("vehicle", "number plate", ErasureMethod.KEPT),
            ("devices", "radios and telephones", ErasureMethod.KEPT),
        ),
        plain="unit_id created_by department heard_by skills revoked_by",
    ),
    table(
        "field_enrolment_codes",
        Whose.CREW,
        "enrols a unit's terminal, once",
        kept=Period("until the unit's next code"),
        shown="The code once, to who made it",
        plain="digest unit_id made_by",
    ),
    table(
        "radio_unit_names",
        Whose.CREW,
        "finds a unit by its name",
        kept=_UNIT,
        shown="For staff",
        held=(
            ("name", "name of a unit", ErasureMethod.KEPT),
            ("name_key", "name of a unit", ErasureMethod.KEPT),
        ),
        plain="unit_id",
    ),
    table(
        "radio_places",
        Whose.CREW,
        "where each crew is",
        kept=_UNIT,
        shown=_DESKS,
        held=(("lon", "place", ErasureMethod.KEPT), ("lat", "place", ErasureMethod.KEPT)),
        plain="unit_id source",
    ),
    table(
        "radio_track",
        Whose.CREW,
        "where each crew was",
        kept=Period("168 hours", "field.places.track_hours", "centre, every minute"),
        shown=_DESKS,
        held=(("lon", "place", ErasureMethod.KEPT), ("lat", "place", ErasureMethod.KEPT)),
        plain="unit_id source",
    ),
    table(
        "radio_photos",
        Whose.CITIZEN,
        "photos of crews, with the place and time that the camera wrote",
        kept=Period(
            "with the recordings of the case's calls; of no case: 30 days",
            "field.photos_loose_days",
            "radio, once an hour",
        ),
        shown="For staff; without what the camera wrote",
        held=(("lon", "place", ErasureMethod.KEPT), ("lat", "place", ErasureMethod.KEPT)),
        plain="unit_id state sha256 token shown_at kind path key_id why erased_by",
    ),
    table(
        "radio_open_talks",
        Whose.CREW,
        "who talks now",
        kept=Period("until the talk is over"),
        shown=_DESKS,
        held=(("talker", "name of a crew or colleague", ErasureMethod.KEPT),),
        plain="run talkgroup",
    ),
    nobody("radio_affiliations", "which unit listens where", "unit_id bearer tg_id"),
    nobody("radio_emergency_names", "other ids under which a unit has said an alarm"),
    nobody("radio_bearers", "by which bearers a unit can be reached", "unit_id bearer"),
    nobody("radio_chains", "the order in which bearers are tried", "unit_id plan state overdue"),
    nobody("radio_operations", "an act is done once", "what"),
    nobody("radio_status_acts", "who changed the statuses", "comment by"),
    nobody("radio_status_versions", "what radios' statuses mean", "rules comment made_by"),
    nobody(
        "radio_talkgroups",
        "talkgroups",
        "tg_id name_zh name_en tg_class monitor talk patch created_by removed_by",
    ),
    nobody("radio_tg_members", "which unit is in which talkgroup", "tg_id unit_id added_by"),
)

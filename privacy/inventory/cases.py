"""Reports: drafts, cases, dispatches, the knowledge base."""

from __future__ import annotations

from typing import Final

from privacy.model import ErasureMethod, Period, Whose, nobody, table

_WITH_CALL: Final = Period("as the call's person or words", "cdr.retention", "centre, once a day")
_DRAFT: Final = Period(
    "as the call's person or words; a report without a call, an inspector's too, as `citizen.kept_days`",
    "cdr.retention",
    "centre, once a day, and once an hour",
)
_CASE: Final = Period("as long as the case: a public record")

CASES: Final = (
    table(
        "case_drafts",
        Whose.CITIZEN,
        "what the agent corrects and files",
        kept=_DRAFT,
        shown="For the call's agents and supervisors; of a report without a call for every agent",
        held=(("body", "words spoken, name, number, place", ErasureMethod.MASKED),),
        plain="state source taken_by",
    ),
    table(
        "cases",
        Whose.CITIZEN,
        "what is wrong, where, and what was done about it",
        kept=_CASE,
        shown="Place and description for staff; hidden when confidential",
        held=(
            ("address", "place of the problem", ErasureMethod.MASKED),
            ("crossing", "place of the problem", ErasureMethod.MASKED),
            ("description", "what is wrong", ErasureMethod.MASKED),
            ("relative", "place of the problem", ErasureMethod.MASKED),
            ("asset", "number on a thing", ErasureMethod.MASKED),
            ("callback", "telephone number", ErasureMethod.CLEARED),
            ("caller", "name", ErasureMethod.CLEARED),
            ("drafted", "as drafting filled it in", ErasureMethod.MASKED),
            ("final", "as it was filed", ErasureMethod.MASKED),
        ),
        plain="number spoken_code state category district urgency handoff intent time count subdistrict "
        "cell beat area_class part_id owner position_source department acceptor filed_by source taken_by",
    ),
    table(
        "case_calls",
        Whose.CITIZEN,
        "an open case is found when its citizen calls again",
        kept=_WITH_CALL,
        shown="To nobody",
        held=(
            ("caller", "telephone number", ErasureMethod.CLEARED),
            ("caller_key", "telephone number", ErasureMethod.CLEARED),
        ),
        plain="linked_by",
    ),
    table(
        "case_history",
        Whose.CITIZEN,
        "who did what to a case, and why",
        kept=_CASE,
        shown="For staff",
        held=(("reason", "free text", ErasureMethod.MASKED),),
        plain="actor act",
    ),
    table(
        "case_dispatches",
        Whose.CITIZEN,
        "who was sent, and what he reported",
        kept=_CASE,
        shown="For staff",
        held=(("reason", "free text", ErasureMethod.MASKED), ("note", "free text", ErasureMethod.MASKED)),
        plain="unit_id step times by",
    ),
    nobody(
        "case_incidents",
        "a mass incident: its parent case, and what agents and callers are told",
        "title words prompt started_by ended_by",
    ),
    nobody(
        "case_closings",
        "under which standard condition a case was closed",
        "condition_id condition_zh condition_en version by",
    ),
    nobody("case_reports", "which reports a case was filed from", ""),
    table(
        "case_merges",
        Whose.CITIZEN,
        "which case goes on for another one, and why",
        kept=_CASE,
        shown="For staff",
        held=(("reason", "free text", ErasureMethod.MASKED),),
        plain="state by undone_by",
    ),
    table(
        "case_relations",
        Whose.CITIZEN,
        "how cases are related, and why",
        kept=_CASE,
        shown="For staff",
        held=(("reason", "free text", ErasureMethod.MASKED),),
        plain="kind by undone_by",
    ),
    nobody("case_incident_calls", "which calls belong to an incident", "by"),
    table(
        "case_verifications",
        Whose.CITIZEN,
        "what an inspector was asked to look at, and what he found",
        kept=Period(
            "1,095 days after the case is over, with photos as long as these",
            "cases.pruning.verifications_days",
            "centre, once a day",
        ),
        shown="For staff; of a draft for its agents and supervisors",
        held=(
            ("words", "free text", ErasureMethod.MASKED),
            ("answer", "free text", ErasureMethod.MASKED),
            ("acts", "free text", ErasureMethod.MASKED),
        ),
        plain="unit_id unit_name state asked_by beat finding",
    ),
    nobody(
        "case_clocks",
        "until when a case is to be handled, and whether it was",
        "stage limit_text condition_zh condition_en choice counting season area_class ended outside_by "
        "outside_reference",
    ),
    nobody(
        "case_outside_deadlines",
        "until when 12345 or a superior wants a case handled",
        "set_by reference",
    ),
    nobody("case_grid_versions", "cells of the city", "made_by source"),
    nobody("case_grid_areas", "cells of the city", "code body"),
    nobody(
        "case_parts",
        "things of the city that stand somewhere",
        "part_id class_code label label_key name owner authority maintainer address cell state source note",
    ),
    nobody("case_departments", "who answers for a case", "department_id part name_zh name_en why chosen_by"),
    table(
        "case_assignments",
        Whose.CITIZEN,
        "which department has a case, what it asked for and what it answered",
        kept=_CASE,
        shown="For the centre and the department; hidden when confidential",
        held=(
            ("asked_text", "free text", ErasureMethod.MASKED),
            ("answer", "free text", ErasureMethod.MASKED),
        ),
        plain="department_id name_zh name_en part state last_act last_by last_by_name asked_by decided_by "
        "photos handler handler_name",
    ),
    table(
        "case_assignment_acts",
        Whose.CITIZEN,
        "who did what to an assignment, and why",
        kept=_CASE,
        shown="For the centre and the department",
        held=(("text", "free text", ErasureMethod.MASKED),),
        plain="actor actor_name act state",
    ),
    nobody(
        "case_assignment_clocks",
        "until when a department is to answer, and whether it did",
        "limit_text condition_zh condition_en counting season pauses area_class ended outside_by "
        "outside_reference",
    ),
    nobody(
        "case_exchange_deliveries",
        "which form of a case a department was sent, and whether it took it",
        "department_id reference form act state way error",
    ),
    nobody(
        "case_exchange_orders",
        "work orders of another system, by its number, and how far each has come",
        "reference state",
    ),
    table(
        "case_order_attachments",
        Whose.CITIZEN,
        "letters of superiors' orders: which there are, and who brought them",
        kept=Period(
            "with the recordings of the case's calls, else as long as the case", "cdr.retention", "centre"
        ),
        shown="For staff; hidden when confidential",
        held=(
            ("name", "name of a file", ErasureMethod.MASKED),
            ("added_by_name", "name of a colleague", ErasureMethod.KEPT),
        ),
        plain="kind sha256 added_by path key_id erased_by",
    ),
    nobody("case_superior_orders", "who ordered a case, by office or name", "ordered_by reference"),
    nobody(
        "case_order_reconciliations",
        "what the daily comparison of work orders found: numbers and states",
        "day state error differences",
    ),
    nobody(
        "case_evaluation_facts",
        "what a case counts for in the evaluation",
        "district street cell beat department class source person handler acceptor",
    ),
    nobody("case_evaluation_months", "the same, added up by month", "dimension key district"),
    nobody("case_evaluation_progress", "how far the log of cases has been evaluated", "name"),
    nobody(
        "operating_modes",
        "who switched the operating mode, why, and who confirmed it",
        "mode before why by confirmed_by",
    ),
    nobody(
        "case_plan_runs",
        "which emergency plan was started for a case, as it was then",
        "plan_id plan started_by",
    ),
    nobody(
        "case_plan_steps",
        "which steps were confirmed or skipped, by whom, and what came of them; words of staff",
        "step_id state target words by",
    ),
    nobody("case_counters", "the next number of a district's day", "district day"),
    nobody("case_operations", "an act on a case is done once", "kind"),
    nobody("knowledge_articles", "articles, written to be published", "name language created_by"),
    nobody(
        "knowledge_versions",
        "their versions, approved by a second person",
        "title body tags categories districts sha256 state author approved_by",
    ),
    nobody("knowledge_acts", "who changed which article", "act actor reason"),
    nobody("knowledge_terms", "words of articles", "term"),
    nobody("knowledge_uses", "which version was told in which call", "actor"),
)

"""The ledger: calls, legs, recordings, words, what was filed."""

from __future__ import annotations

from typing import Final

from privacy.model import ErasureMethod, Period, Whose, nobody, table

_RULES: Final = Period("for ever without a rule", "cdr.retention", "centre, once a day")
_CALLERS: Final = "Number masked for staff; words for the call's agents and supervisors"

LEDGER: Final = (
    table(
        "cdr_calls",
        Whose.CITIZEN,
        "what happened in each call, as evidence",
        kept=_RULES,
        shown=_CALLERS,
        held=(
            ("number", "telephone number", ErasureMethod.SEALED),
            ("name", "name that the trunk sent", ErasureMethod.SEALED),
            ("dialled", "number dialled", ErasureMethod.SEALED),
            ("transfers", "outside number that a call was passed on to", ErasureMethod.RESEALED),
        ),
        plain="system_name linkedids direction queue outcome closed_by agents rings pauses seal",
    ),
    table(
        "cdr_legs",
        Whose.CITIZEN,
        "who took part in a call, and when",
        kept=_RULES,
        shown=_CALLERS,
        held=(
            ("number", "telephone number", ErasureMethod.SEALED),
            ("name", "name that the trunk sent", ErasureMethod.SEALED),
            ("channel", "outside number that was dialled", ErasureMethod.RESEALED),
            ("endpoint", "outside number that was dialled", ErasureMethod.RESEALED),
        ),
        plain="uniqueid party agent stays seal",
    ),
    table(
        "cdr_segments",
        Whose.CITIZEN,
        "what was said, for the agent and as evidence",
        kept=_RULES,
        shown="For the call's agents and supervisors",
        held=(("text", "words spoken", ErasureMethod.SEALED),),
        plain="speaker language engine node seal",
    ),
    table(
        "cdr_filings",
        Whose.CITIZEN,
        "what agents, callers and cases added to a call",
        kept=_RULES,
        shown="Without payload for whoever was not in the call",
        held=(("payload", "notes, numbers, names, wishes", ErasureMethod.SEALED),),
        plain="kind subject parent call_ids facts label seal",
    ),
    table(
        "cdr_recordings",
        Whose.CITIZEN,
        "finds and proves the sound of a call",
        kept=_RULES,
        shown="For the call's agents and supervisors; each hearing is audited",
        plain="track system_name path state sha256 key_id cipher_sha256 talkgroup seal",
    ),
    table(
        "cdr_cel_rows",
        Whose.CITIZEN,
        "Asterisk's lines, from which calls are derived",
        kept=_RULES,
        shown="To nobody",
        held=(
            ("name", "name that the trunk sent", ErasureMethod.MASKED),
            ("number", "telephone number", ErasureMethod.MASKED),
            ("exten", "number dialled", ErasureMethod.MASKED),
            ("channel", "outside number", ErasureMethod.MASKED),
            ("app_data", "number dialled", ErasureMethod.MASKED),
            ("peer", "outside number", ErasureMethod.MASKED),
            ("extra", "outside number", ErasureMethod.MASKED),
        ),
        plain="line_id system_name event context app uniqueid linkedid",
    ),
    table(
        "cdr_cel_quarantine",
        Whose.CITIZEN,
        "damaged lines, to find their cause",
        kept=Period("10,000 lines, 30 days", "cdr.cel_rejects_days", "centre, once a day"),
        shown="To nobody",
        held=(("raw", "parts of Asterisk's lines", ErasureMethod.DELETED),),
        plain="line_id path reason",
    ),
    table(
        "cdr_talks",
        Whose.CREW,
        "who talked when in a talkgroup",
        shown="For whoever may listen to the talkgroup",
        held=(("name", "name of a crew or colleague", ErasureMethod.KEPT),),
        plain="talkgroup party came_from cause seal",
    ),
    table(
        "cdr_scorecards",
        Whose.CITIZEN,
        "how well a call was handled",
        kept=Period("the notes as the call's person", "cdr.retention", "centre, once a day"),
        shown="For supervisors and the agent who is scored",
        held=(
            ("answers", "what a supervisor wrote about an answer", ErasureMethod.CLEARED),
            ("note", "what a supervisor wrote", ErasureMethod.CLEARED),
        ),
        plain="queue agent scorer",
    ),
    table(
        "cdr_recording_marks",
        Whose.CITIZEN,
        "places in a recording to talk about",
        kept=Period("as the call's person", "cdr.retention", "centre, once a day"),
        shown="For supervisors and the call's agents",
        held=(("note", "what a supervisor wrote", ErasureMethod.DELETED),),
        plain="made_by",
    ),
    nobody("cdr_scoring_forms", "what calls are scored by", "content made_by"),
    nobody("cdr_calibrations", "which two people score a call", "agent first second opened_by"),
    nobody("cdr_agent_states", "an agent's states", "agent_id endpoint state reason previous by seal"),
    nobody("cdr_call_aliases", "ids under which a call was known", "system_name linkedid"),
    nobody("cdr_call_closings", "when the reader closed a call"),
    nobody("cdr_call_joins", "linkedids of one call", "system_name linkedid first"),
    nobody("cdr_call_marks", "confidential marks", "marked_by seal"),
    nobody(
        "cdr_cel_files",
        "how far each of Asterisk's files is read",
        "system_name stream device inode path tail",
    ),
    nobody(
        "cdr_chain", "digests, each with its salt elsewhere", "prev kind record_id digest hash key_id mac"
    ),
    nobody("cdr_chain_heads", "signed heads", "hash signature"),
    nobody("cdr_erasures", "which record was erased, when, by whom and why", "record by reason seal"),
    nobody("cdr_gaps", "times without words", "speaker reason node seal"),
    nobody("cdr_late", "gaps that are filled later", "state"),
    nobody(
        "cdr_legal_holds",
        "what must not be erased, and why",
        "subject reason set_by lifted_by lift_reason seal",
    ),
    nobody("cdr_recording_pauses", "when a recording was paused", "reason by ended_how ended_by"),
    nobody("cdr_retention_done", "what a rule has erased", "kind"),
    nobody("cdr_subject_calls", "which case, draft or dispatch is of which call", "subject"),
    nobody("cdr_to_derive", "calls to derive anew", "system_name linkedid"),
    nobody("cdr_facts", "figures of a call", "queue direction outcome disposition callback"),
    nobody("cdr_facts_due", "figures to make anew"),
    nobody("cdr_fact_agents", "figures of a call, by the agent's id", "agent"),
    nobody("cdr_queue_quarters", "sums", "queue"),
    nobody("cdr_agent_quarters", "sums, by the agent's id", "queue agent"),
    nobody("cdr_agent_time", "sums, by the agent's id", "agent"),
    nobody("cdr_agent_watches", "sums, by the agent's id", "agent"),
    nobody("cdr_agent_watch_time", "sums, by the agent's id", "agent"),
)

"""What stands outside the database: files of the switch and the service, the broker, copies."""

from __future__ import annotations

from typing import Final

from privacy.model import OutsideLine, Period, Whose

OUTSIDE: Final = (
    OutsideLine(
        "recordings folder", Whose.CITIZEN, "the sound of calls, voicemail in it; file names hold no number",
        "evidence; words after the call",
        Period("for ever without a rule", "cdr.retention", "centre, once a day"),
        "each form of the file is deleted; the row says so only when it is gone",
    ),
    OutsideLine(
        "Asterisk's cel-custom/calls.csv", Whose.CITIZEN, "numbers and names of each call",
        "the ledger reads it; a database that was restored reads it again",
        Period("72 hours after it was read", "cdr.cel_kept_h", "centre, every minute"),
        "the file is rotated, read to its end, and deleted",
    ),
    OutsideLine(
        "Asterisk's messages.log", Whose.CITIZEN, "numbers in warnings", "faults of the switch",
        Period("14 days", "", "logrotate (`deploy/logrotate/asterisk`)"),
        "lines with the number are blanked where they stand, also in `.gz` of rotated logs",
    ),
    OutsideLine(
        "Asterisk's cdr-csv/Master.csv and queue_log", Whose.CITIZEN, "numbers of each call",
        "not written: the ledger needs neither", Period("files of earlier versions: until you delete them"),
        "lines with the number are blanked where they stand",
    ),
    OutsideLine(
        "SQLite's file and write-ahead log", Whose.CITIZEN, "remains of rows that were changed",
        "how SQLite stores rows", Period("deleted content is overwritten at once"),
        "the log is emptied; the file is searched, and rewritten if anything is left",
    ),
    OutsideLine(
        "PostgreSQL's files", Whose.CITIZEN, "remains of rows that were changed, and its WAL",
        "how PostgreSQL stores rows", Period("until autovacuum; archived WAL as long as you keep it"),
        "`VACUUM` of each table that an erasure changes; archives stay until they expire",
    ),
    OutsideLine(
        "photos folder", Whose.CITIZEN,
        "photos of crews, with place and time of the camera; letters of superiors' orders",
        "evidence of the work done, and of what was ordered",
        Period("with the recordings of the case's calls; of no case: 30 days", "field.photos_loose_days",
             "radio, once an hour"),
        "deleted with the sound of the case's last call",
    ),
    OutsideLine(
        "broker", Whose.CREW, "jobs and texts that wait for a terminal; no retained message names a citizen",
        "a terminal that is away gets them later",
        Period("7 days", "", "broker (`persistent_client_expiration`)"),
        "not before they are fetched or expire",
    ),
    OutsideLine(
        "terminal of a unit", Whose.CREW, "its jobs and texts", "it works without a network",
        Period("as long as the terminal keeps them"), "not: recall the job, revoke a lost terminal",
    ),
    OutsideLine(
        "systems and mailboxes of departments, and of another hotline", Whose.CITIZEN,
        "class, place and description of their cases, of a confidential one without description; no name and "
        "no number", "they handle the case (docs/exchange.md)", Period("as long as their owner keeps it"),
        "not: ask the owner",
    ),
    OutsideLine(
        "speech spool", Whose.CITIZEN, "words that the broker has not taken yet",
        "none is lost while the broker is away", Period("until they are taken, and a minute"),
        "with their delivery: what is deleted is overwritten",
    ),
    OutsideLine(
        "the service's own log", Whose.NOBODY, "no number: personal fields are `[personal]`",
        "faults", Period("as your journal keeps it", "log.show_personal", "you"),
        "nothing to erase, unless you turned `log.show_personal` on",
    ),
    OutsideLine(
        "metrics", Whose.NOBODY, "no label holds a number or a name", "operation", Period("as you keep them"),
        "nothing to erase",
    ),
    OutsideLine(
        "support bundles, spans of OpenTelemetry", Whose.NOBODY,
        "no numbers, names or words; calls by their ids", "others help; operation",
        Period("as you and the receiver keep them", "telemetry.endpoint", "you"),
        "nothing to erase",
    ),
    OutsideLine(
        "classifiers learned here", Whose.CITIZEN, "weights; numbers, names and places are masked before",
        "drafting gets better", Period("as long as a version is kept", "cases.classifiers", "you"),
        "not: no number is in them",
    ),
    OutsideLine(
        "memory of the running service", Whose.CITIZEN, "numbers of the last callers, for their priority",
        "who calls again and again comes first", Period("20,000 numbers, until a restart"),
        "not before a restart",
    ),
    OutsideLine(
        "bundles, exports, reports that people took away", Whose.CITIZEN, "what was asked for",
        "courts, access requests, statistics", Period("as their holder keeps them"),
        "not: the audit says who took what",
    ),
    OutsideLine(
        "backups", Whose.CITIZEN, "all of the above", "disasters", Period("as long as you keep them"),
        "not: after a restore, erase again what was erased since (`songhua cdr erasures --since DAY`)",
    ),
)  # fmt: skip

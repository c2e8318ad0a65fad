"""Every table of every room, on one metadata: for migrations and for tests of the whole."""

from __future__ import annotations

import importlib

from cases.search.tables import is_index
from core.storage.schema import metadata

ROOMS = (
    "cases.assignments.tables",
    "cases.evaluation.tables",
    "cases.exchange.tables",
    "cases.superior.tables",
    "cases.operating_mode.store",
    "cases.knowledge.tables",
    "cases.plans.tables",
    "cases.tables",
    "cases.verification.tables",
    "cdr.agents.store",
    "cdr.calls.store",
    "cdr.cel.store",
    "cdr.chain.erase",
    "cdr.chain.store",
    "cdr.filings.store",
    "cdr.backfill.store",
    "cdr.recordings.control.store",
    "cdr.recordings.store",
    "cdr.quality.store",
    "cdr.reports.schedules.store",
    "cdr.reports.store",
    "cdr.retention.store",
    "cdr.transmissions.store",
    "cdr.transcripts.store",
    "citizen.tables",
    "citizen.mails.tables",
    "citizen.messages.tables",
    "citizen.followup.tables",
    "citizen.channels.wechat.tables",
    "citizen.channels.wechat.staff.tables",
    "hotline.agents.store",
    "hotline.conferences.store",
    "hotline.outbound.build",
    "hotline.outbound.callbacks.store",
    "hotline.control.store",
    "hotline.desk_phones.store",
    "hotline.dispositions.store",
    "hotline.nuisance.store",
    "identity.approvals.store",
    "identity.break_glass.store",
    "identity.keys",
    "identity.oidc.store",
    "identity.passkeys.store",
    "identity.second.store",
    "identity.store",
    "identity.tokens.store",
    "ivr.versions.store",
    "privacy.store",
    "runtime_settings.store",
    "sensing.tables",
    "warning.tables",
    "field.delivery.store",
    "field.dispatches.store",
    "field.emergency.store",
    "field.operations",
    "field.photos.store",
    "field.statuses.store",
    "field.talkgroups.store",
    "radio_bridge.transmissions.store",
    "field.units.places.store",
    "field.texts.store",
    "field.units.centre.enrolment.store",
    "field.units.store",
)
for _room in ROOMS:
    importlib.import_module(_room)


def is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Whether a table of the database is compared with the metadata: an index in a table's form is not."""
    return kind != "table" or not is_index(name)


__all__ = ["is_ours", "metadata"]

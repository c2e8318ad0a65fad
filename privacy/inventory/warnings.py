"""Warnings: what was warned of, who released it, who was told."""

from __future__ import annotations

from typing import Final

from privacy.model import ErasureMethod, Period, Whose, nobody, table

WARNINGS: Final = (
    nobody(
        "warning_warnings",
        "what was warned of, where, and who released it",
        plain="message source origin channels state made_by first_by released_by over_by over_why",
    ),
    nobody("warning_operations", "acts that were done", plain="act by"),
    nobody(
        "warning_deliveries",
        "which unit or recipient was told of which warning; an address is an id",
        plain="channel address state why",
    ),
    nobody(
        "warning_calls", "which recipient is called about which warning, by ids", plain="mark about state"
    ),
    nobody("warning_siren_orders", "which siren sounded for which warning", plain="siren state"),
    nobody(
        "warning_pages",
        "which loudspeakers were paged about which warning",
        plain="paging_group mark about state",
    ),
    table(
        "warning_recipients",
        Whose.STAFF,
        "who is warned because of what he does: village heads, schools, traffic radio",
        kept=Period("until he is removed", by="songhua warning recipients remove"),
        shown="Numbers masked; whole ones by a command that is audited",
        held=(
            ("number", "telephone number", ErasureMethod.KEPT),
            ("name", "name", ErasureMethod.KEPT),
            ("role", "what he does", ErasureMethod.KEPT),
        ),
        plain="by area changed_by",
    ),
)

"""Warnings: what was warned of, who released it, which units were told."""

from __future__ import annotations

from typing import Final

from privacy.model import nobody

WARNINGS: Final = (
    nobody(
        "warning_warnings",
        "what was warned of, where, and who released it",
        plain="message source origin channels state made_by first_by released_by over_by over_why",
    ),
    nobody("warning_operations", "acts that were done", plain="act by"),
    nobody(
        "warning_deliveries",
        "which unit was told of which warning",
        plain="channel address state why",
    ),
)

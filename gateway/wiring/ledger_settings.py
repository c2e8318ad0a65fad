"""What the ledger's settings follow from those of the switch."""

from __future__ import annotations

from cdr.settings import CdrSettings
from gateway.settings import Settings


def cdr_settings(settings: Settings) -> CdrSettings:
    """What follows from Asterisk's own settings, where the operator did not say otherwise."""
    asterisk = settings.asterisk
    if asterisk is None:
        return settings.cdr
    derived = {
        "system_name": asterisk.system_name,
        "cel_file": settings.cdr.cel_file or asterisk.directories.cel,
        "recordings": settings.cdr.recordings or asterisk.directories.recordings,
        "area_code": settings.cdr.area_code or settings.hotline.callbacks.area_code,
        "trunks": settings.cdr.trunks or [trunk.name for trunk in asterisk.trunks],
    }
    return settings.cdr.model_copy(update=derived)

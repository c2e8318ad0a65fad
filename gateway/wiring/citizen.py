"""Fills the ports of citizens' channels: what a picture is."""

from __future__ import annotations

from citizen.ports import CleanPicture
from field.photos.centre import picture


def clean_picture(data: bytes) -> CleanPicture | None:
    """Fills `citizen.ports.PictureCheck` with the check of crews' photos."""
    found = picture.look(data)
    if found is None or picture.fault_of(found, len(data)):
        return None
    return CleanPicture(found.kind, picture.bare(data))

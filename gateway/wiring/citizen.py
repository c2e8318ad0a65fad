"""Fills the ports of citizens' channels: what a picture is, and what may be reported."""

from __future__ import annotations

from collections.abc import Sequence

from cases.catalogue import load_catalogues
from cases.gazetteer.lookup import Gazetteer
from citizen.contract import ReportClass
from citizen.ports import CleanPicture, StreetName
from field.photos.centre import picture


def clean_picture(data: bytes) -> CleanPicture | None:
    """Fills `citizen.ports.PictureCheck` with the check of crews' photos."""
    found = picture.look(data)
    if found is None or picture.fault_of(found, len(data)):
        return None
    return CleanPicture(found.kind, picture.bare(data))


def report_classes() -> Sequence[ReportClass]:
    """The classes that a reporter may choose: the default catalogue's, with its conditions."""
    catalogue = load_catalogues().default
    return [
        ReportClass(
            ref=row.ref,
            code=row.code,
            name_zh=row.name_zh,
            name_en=row.name_en,
            group_zh=catalogue.majors[row.major][0],
            group_en=catalogue.majors[row.major][1],
            conditions=tuple((one.condition_zh, one.condition_en) for one in catalogue.limits_of(row.code)),
        )
        for row in catalogue.rows.values()
    ]


def street_names(gazetteer: Gazetteer) -> StreetName:
    """Fills `citizen.ports.StreetName`: the names of the streets that the gazetteer finds in an address."""

    def street_of(address: str) -> str:
        found = [hit.place.name_zh for hit in gazetteer.find_written(address) if hit.place.kind == "street"]
        return "、".join(dict.fromkeys(found))[:64]

    return street_of

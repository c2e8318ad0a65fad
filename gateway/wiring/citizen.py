"""Fills the ports of citizens' channels: what a picture is, and what may be reported."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from cases.catalogue import Catalogue, load_catalogues
from cases.deadlines.public import expected_times
from cases.dispatch.citizens import mobile_of_case
from cases.errors import NoSuchPart
from cases.gazetteer.lookup import Gazetteer
from cases.life.service import CaseService
from cases.parts.model import PART_ID
from cases.parts.service import PartRegister
from cases.privacy import require_case
from citizen.contract import KnownAddress, ReportClass
from citizen.contract.report import MOST_PLACE
from citizen.messages.ports import CaseAnswer
from citizen.ports import CleanPicture, StreetName
from core.actor import Actor
from core.storage import Storage
from field.photos.centre import picture


def clean_picture(data: bytes) -> CleanPicture | None:
    """Fills `citizen.ports.PictureCheck` with the check of crews' photos."""
    found = picture.look(data)
    if found is None or picture.fault_of(found, len(data)):
        return None
    return CleanPicture(found.kind, picture.bare(data))


class CasesOfCitizens:
    """Fills the ports that are about cases: who may read one, how one stands, who called about one."""

    def __init__(self, storage: Storage, cases: CaseService) -> None:
        self._storage = storage
        self._cases = cases

    async def may_read(self, actor: Actor, case_id: UUID) -> None:
        require_case(actor, await self._cases.get(case_id))

    async def by_code(self, code: str) -> CaseAnswer | None:
        case = await self._cases.by_code(code)
        if case is None or case.confidential:
            return None
        return CaseAnswer(case.number, case.spoken_code, case.progress)

    async def caller_of(self, case_id: UUID) -> str:
        return await mobile_of_case(self._storage, case_id)

    async def expected_times(self, case_ids: Sequence[UUID]) -> Mapping[UUID, datetime]:
        return await expected_times(self._storage, case_ids)


class AddressIds:
    """Fills `citizen.contract.AddressRegister`: places of the gazetteer, and parts of the register."""

    def __init__(self, gazetteer: Gazetteer, parts: PartRegister) -> None:
        self._gazetteer = gazetteer
        self._parts = parts

    async def by_id(self, address_id: str) -> KnownAddress | None:
        if re.fullmatch(PART_ID, address_id, re.ASCII):
            return await self._part(address_id)
        kind, _, name = address_id.partition(":")
        found = self._gazetteer.place(kind, name)
        # Drafting finds the position by the name, and marks one that nobody has measured.
        return None if found is None else KnownAddress(found.name_zh)

    def of_street(self, name: str) -> str:
        return "" if self._gazetteer.place("street", name) is None else f"street:{name}"

    async def _part(self, part_id: str) -> KnownAddress | None:
        try:
            part = await self._parts.get(part_id)
        except NoSuchPart:
            return None
        words = " ".join(one for one in (part.address, part.name, part.label) if one)
        return KnownAddress(words[:MOST_PLACE], part.position, part.part_id)


def report_classes(catalogue: Catalogue | None = None) -> Sequence[ReportClass]:
    """The classes that a reporter may choose, with their conditions: the default catalogue's."""
    catalogue = catalogue or load_catalogues().default
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

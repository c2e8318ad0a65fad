"""`songhua cases near`: everything near a case as one list. Works without the service."""

from __future__ import annotations

from typing import Annotated

import typer

from cases.dispatch.whereabouts import CaseLookup
from cases.errors import NoSuchCase
from cases.near.model import MOST_METRES
from cases.near.service import NearCase, NearList
from cases.ports import CasesPorts
from cases.room import build
from gateway.commands.acting import audit_trail
from gateway.commands.common import ConfigOption, JsonOption, load, open_storage, out, print_json, run
from gateway.commands.field_common import Nobody, operator
from gateway.wiring.cases import RecordedCalls
from gateway.wiring.near import CamerasNear, UnitsNear
from identity.audit.service import AuditTrail
from sensing.cameras.service import CameraRegister


def near(
    name: Annotated[str, typer.Argument(metavar="CASE", help="A number, a short code or an id.")],
    metres: Annotated[float, typer.Option(min=1, max=MOST_METRES, help="No farther than this.")] = 500.0,
    limit: Annotated[int, typer.Option(min=1, max=200, help="So many at most.")] = 50,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Units, cameras that see it, open cases and parts around a case, the nearest first."""
    settings = load(config)

    async def look() -> NearList:
        async with open_storage(settings) as storage:
            case = await CaseLookup(storage).known(name)
            if case is None:
                raise NoSuchCase("no case has this id", remedy="songhua cases search finds it by its words")
            views = audit_trail(storage, settings)
            register = CameraRegister(storage, AuditTrail(storage), settings.sensing.accounts)
            await register.look()
            ports = CasesPorts(storage, Nobody(), RecordedCalls(storage), operator, views)
            room = build(settings.cases, ports)
            sources = (UnitsNear(storage), CamerasNear(lambda: register))
            found = await NearCase(storage, room.record, room.parts, sources).of_case(
                operator(), case.case_id, metres, limit
            )
            if found.cases:
                numbers = {"cases": [one.number for one in found.cases]}
                await views.viewed(operator(), "search-cases", "cases:near=case", numbers)
            return found

    found = run(look())
    if as_json:
        things = [one.model_dump(mode="json") for one in found.things]
        print_json({"things": things, "placed": found.placed, "invented": found.invented})
        return
    for one in found.things:
        at = f"  {one.at:%Y-%m-%d %H:%M} UTC" if one.at else ""
        text = f"{one.metres:7.0f} m  {one.kind.value:7} {one.id}  {one.name}  {one.state}{at}"
        out.print(text, markup=False, highlight=False, soft_wrap=True)
    if not found.placed:
        out.print("the case has no coordinates 案件没有坐标", markup=False, highlight=False)

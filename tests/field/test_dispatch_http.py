"""Chains, overdue dispatches, nearest units and the table of statuses over HTTP: who may see and do what."""

from __future__ import annotations

from core.actor import Role
from core.errors import NotFound
from core.ids import uuid7
from core.place import Position
from core.storage import Storage
from field.centre.room import build
from field.settings import FieldSettings
from field.units.model import Unit
from field.units.nearest.service import CasePlace
from tests.field.conftest import ADMIN, UNIT
from tests.field.delivery.conftest import PHONE, RADIO, Field
from tests.field.ports import centre_ports
from tests.field.test_http import Desk


class Places:
    async def of_case(self, name: str) -> CasePlace:
        if name != "50042":
            raise NotFound
        place = Position(lon=126.64, lat=45.75, accuracy_m=20)
        return CasePlace("gbt30428.2@2013/E0505", place, frozenset({UNIT}))


class Dispatching:
    """A desk and the field on one database."""

    def __init__(self, storage: Storage) -> None:
        self.field = Field(storage)
        self.desk = Desk(storage)
        room = build(
            FieldSettings(skills={"E05": ("sewage",)}),
            centre_ports(
                storage, self.desk.bus, self.desk.accounts, self.desk.current_user, case_places=Places()
            ),
        )
        self.desk.serve(room.routers)

    async def overdue(self) -> str:
        """A dispatch that was declined."""
        await self.field.register.create(Unit(UNIT, "道里一组", addresses=(RADIO, PHONE)), ADMIN)
        dispatch_id = await self.field.job(case_id=uuid7())
        await self.field.dispatches.offer_due()
        await self.field.dispatches.report(self.field.said(dispatch_id, "declined"))
        return str(dispatch_id)


async def test_the_chain_of_a_dispatch_and_what_is_overdue(storage: Storage) -> None:
    on = Dispatching(storage)
    dispatch_id = await on.overdue()
    seen = await on.desk.ask(Role.AGENT, "GET", f"/dispatches/{dispatch_id}/deliveries")
    assert (seen.status_code, seen.json()["state"], seen.json()["overdue"]) == (200, "declined", "declined")
    (one,) = seen.json()["deliveries"]
    assert (one["bearer"], one["stage"], one["sent_at"] is not None) == ("terminal", "declined", True)
    listed = await on.desk.ask(Role.DISPATCHER, "GET", "/dispatches/overdue")
    assert [row["dispatch_id"] for row in listed.json()["dispatches"]] == [dispatch_id]
    assert (await on.desk.ask(Role.AGENT, "GET", "/dispatches/overdue")).status_code == 403
    assert (await on.desk.ask(Role.UNIT, "GET", f"/dispatches/{dispatch_id}/deliveries")).status_code == 403
    unknown = await on.desk.ask(Role.AGENT, "GET", f"/dispatches/{uuid7()}/deliveries")
    assert (unknown.status_code, unknown.json()["type"].rpartition(":")[2]) == (404, "unknown-dispatch")


async def test_the_nearest_units_are_for_dispatchers(storage: Storage) -> None:
    on = Dispatching(storage)
    await on.overdue()
    await on.field.register.create(Unit("app:18", "道里二组", skills=("sewage",)), ADMIN)
    found = await on.desk.ask(Role.DISPATCHER, "GET", "/units/nearest?case=50042")
    (unit,) = found.json()["units"]
    assert (unit["unit_id"], unit["reasons"][0]["zh"]) == ("app:18", "具备技能：sewage")
    asked = await on.desk.ask(Role.DISPATCHER, "GET", "/units/nearest?case=50042&skill=crane&skill=boat")
    assert asked.json()["units"][0]["reasons"][0]["code"] == "lacks_skill"
    assert (await on.desk.ask(Role.AGENT, "GET", "/units/nearest?case=50042")).status_code == 403
    assert (await on.desk.ask(Role.DISPATCHER, "GET", "/units/nearest?case=7")).status_code == 404
    assert (await on.desk.ask(Role.DISPATCHER, "GET", "/units/nearest")).status_code == 422


async def test_a_dispatcher_has_a_crew_connected_with_the_citizen(storage: Storage) -> None:
    on = Dispatching(storage)
    await on.field.register.create(Unit(UNIT, "道里一组", addresses=(PHONE,)), ADMIN)
    dispatch_id = await on.field.job()
    path, body = f"/dispatches/{dispatch_id}/talk", {"op_id": str(uuid7())}
    early = await on.desk.ask(Role.DISPATCHER, "POST", path, body)
    assert (early.status_code, early.json()["type"].rpartition(":")[2]) == (409, "job-not-accepted")
    await on.field.dispatches.report(on.field.said(dispatch_id, "accepted"))
    made = await on.desk.ask(Role.DISPATCHER, "POST", path, {"op_id": str(uuid7())})
    assert (made.status_code, made.json()["purpose"], made.json()["address"]) == (202, "talk", "phone:…0009")
    assert (await on.desk.ask(Role.AGENT, "POST", path, {"op_id": str(uuid7())})).status_code == 403


async def test_the_table_of_statuses_is_read_by_dispatchers_and_changed_by_supervisors(
    storage: Storage,
) -> None:
    on = Dispatching(storage)
    rules = [{"network": "tetra", "kind": "status", "code": "32800", "step": "done"}]
    path = "/dispatch-statuses"
    now = await on.desk.ask(Role.DISPATCHER, "GET", path)
    assert (now.status_code, now.json()["in_force"]) == (200, 0)
    body = {"op_id": str(uuid7()), "rules": rules, "comment": "本市"}
    assert (await on.desk.ask(Role.DISPATCHER, "POST", f"{path}/versions", body)).status_code == 403
    made = await on.desk.ask(Role.SUPERVISOR, "POST", f"{path}/versions", body)
    assert (made.status_code, made.json()["number"]) == (201, 1)
    again = await on.desk.ask(Role.SUPERVISOR, "POST", f"{path}/versions", body)
    assert again.json()["number"] == 1
    use = {"op_id": str(uuid7()), "number": 1, "expected": 0}
    done = await on.desk.ask(Role.SUPERVISOR, "POST", f"{path}/activate", use)
    assert (done.json()["in_force"], done.json()["rules"]) == (1, rules)
    late = await on.desk.ask(Role.SUPERVISOR, "POST", f"{path}/activate", {**use, "op_id": str(uuid7())})
    assert (late.status_code, late.json()["type"].rpartition(":")[2]) == (409, "statuses-moved-on")
    wrong = [{**rules[0], "code": "0"}]
    checked = await on.desk.ask(Role.DISPATCHER, "POST", f"{path}/check", {"rules": wrong})
    assert [one["code"] for one in checked.json()["problems"]] == ["emergency"]
    body = {"op_id": str(uuid7()), "rules": wrong}
    assert (await on.desk.ask(Role.SUPERVISOR, "POST", f"{path}/versions", body)).status_code == 422
    assert (await on.desk.ask(Role.DISPATCHER, "GET", f"{path}/7")).status_code == 404

"""Who may do what with units, their talkgroups and messages: lines of the table of rights (decision 0180)."""

from __future__ import annotations

from typing import Final

from core.actor import Role
from core.rights import STAFF, open_to_all, right
from core.scopes import Scope

COMMAND: Final = (Role.DISPATCHER, Role.SUPERVISOR)
TABLES: Final = (Role.SUPERVISOR, Role.ADMIN)

SEE_UNITS: Final = right("see the units", STAFF, "GET /api/units", "GET /api/units/{name}")
SEE_MAP: Final = right(
    "see the map: tiles and outlines of districts",
    STAFF,
    "GET /api/map/tiles",
    "GET /api/map/tiles/{name}",
    "GET /api/map/districts",
)
SEE_PLACES: Final = right(
    "see where the units are and were",
    COMMAND,
    "GET /api/units/places",
    "GET /api/units/{unit_id}/track",
    "GET /api/units/nearest",
)
ENROL: Final = right(
    "add and import units, enrol their terminals, renew passwords",
    (Role.ADMIN,),
    "POST /api/units",
    "POST /api/units/import",
    "POST /api/units/{unit_id}/password",
    "POST /api/units/{unit_id}/enrol",
    "POST /api/units/{unit_id}/enrolment-code",
)
BRING_CODE: Final = open_to_all(
    "enrol a terminal",
    "POST /api/unit/enrolment",
    proof="own",
    rule="the one-time code that an administrator made for the unit",
)
CHANGE_UNIT: Final = right(
    "change a unit, revoke its terminal",
    (*COMMAND, Role.ADMIN),
    "PATCH /api/units/{unit_id}",
    "POST /api/units/{unit_id}/revoke",
)
TEXTS: Final = right(
    "read and write texts of units",
    COMMAND,
    "GET /api/texts",
    "GET /api/units/{unit_id}/texts",
    "POST /api/units/{unit_id}/texts",
    "POST /api/texts/{text_id}/read",
)
EMERGENCIES: Final = right(
    "see, acknowledge and clear emergencies",
    COMMAND,
    "GET /api/emergencies",
    "GET /api/emergencies/{alarm_id}",
    "POST /api/emergencies/{alarm_id}/acknowledge",
    "POST /api/emergencies/{alarm_id}/clear",
    rule="no scope limits who may answer an emergency",
)
SEE_PHOTOS: Final = right(
    "see photos of units",
    (*COMMAND, Role.ACCEPTOR),
    "GET /api/photos",
    "GET /api/photos/{photo_id}",
    scope=Scope.DISTRICT,
    rule="as it was taken: supervisors; each access is audited",
)
SEE_PHOTO_PLACES: Final = right("… see where a photo was taken", COMMAND)
BRING_PHOTO: Final = open_to_all(
    "bring a photo",
    "HEAD /api/unit/photos/{photo_id}",
    "PATCH /api/unit/photos/{photo_id}",
    proof="own",
    rule="the ticket that the unit was given over the broker, for this photo alone",
)
SEE_TALKGROUPS: Final = right(
    "see the talkgroups",
    STAFF,
    "GET /api/talkgroups",
    "GET /api/talkgroups/{tg_id}",
    scope=Scope.TALKGROUP,
)
CHANGE_TALKGROUPS: Final = right(
    "add and change talkgroups",
    TABLES,
    "POST /api/talkgroups",
    "PATCH /api/talkgroups/{tg_id}",
    scope=Scope.TALKGROUP,
)
INCIDENT_TALKGROUP: Final = right("make a talkgroup for a case", COMMAND, "POST /api/talkgroups/incident")
MEMBERS: Final = right(
    "move units between talkgroups, take one down",
    (*COMMAND, Role.ADMIN),
    "POST /api/talkgroups/{tg_id}/members",
    "POST /api/talkgroups/{tg_id}/remove",
    scope=Scope.TALKGROUP,
    rule="one that was not made for a case is taken down by supervisors and admins",
)
SEE_STATUSES: Final = right(
    "see and check the table of status codes",
    (*COMMAND, Role.ADMIN),
    "GET /api/dispatch-statuses",
    "GET /api/dispatch-statuses/{number}",
    "POST /api/dispatch-statuses/check",
)
CHANGE_STATUSES: Final = right(
    "change the table of status codes",
    TABLES,
    "POST /api/dispatch-statuses/versions",
    "POST /api/dispatch-statuses/activate",
)
SEE_DELIVERIES: Final = right(
    "see over which bearers a dispatch went", STAFF, "GET /api/dispatches/{dispatch_id}/deliveries"
)
PRESS_ON: Final = right(
    "see overdue dispatches, connect a crew with the citizen",
    COMMAND,
    "GET /api/dispatches/overdue",
    "POST /api/dispatches/{dispatch_id}/talk",
)

RIGHTS: Final = (
    SEE_UNITS,
    SEE_MAP,
    SEE_PLACES,
    ENROL,
    BRING_CODE,
    CHANGE_UNIT,
    TEXTS,
    EMERGENCIES,
    SEE_PHOTOS,
    SEE_PHOTO_PLACES,
    BRING_PHOTO,
    SEE_TALKGROUPS,
    CHANGE_TALKGROUPS,
    INCIDENT_TALKGROUP,
    MEMBERS,
    SEE_STATUSES,
    CHANGE_STATUSES,
    SEE_DELIVERIES,
    PRESS_ON,
)

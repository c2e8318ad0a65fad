"""Who may bind whom."""

from __future__ import annotations

from typing import Final

from core.actor import Role
from core.rights import right

OWN: Final = right(
    "bind the own WeChat, see and end the own binding",
    (Role.DEPARTMENT,),
    "GET /api/wechat/own",
    "POST /api/wechat/own/code",
    "POST /api/wechat/own/unbind",
    rule="only the own one; each act is audited",
    by_token=False,
)
BINDINGS: Final = right(
    "see who of the staff is bound to WeChat, make a code for a unit or person, end a binding",
    (Role.ADMIN,),
    "GET /api/wechat/bindings",
    "POST /api/wechat/codes",
    "POST /api/wechat/bindings/{binding_id}/unbind",
    rule="each act is audited",
    by_token=False,
)
CREW: Final = right(
    "… the same for the own crew at the unit's page, which speaks over the broker",
    (Role.UNIT,),
    rule="by the unit's account at the broker; codes and ends are audited",
)
RIGHTS: Final = (OWN, BINDINGS, CREW)

"""Who may do what with reports of citizens: this room's lines of the table, and those of its channels."""

from __future__ import annotations

from typing import Final

from citizen.channels.open311 import rights as open311
from citizen.channels.web_form import rights as web_form
from citizen.channels.wechat import rights as wechat
from core.actor import Role
from core.rights import right

READ: Final = right(
    "read a citizen's report and its pictures",
    (Role.AGENT, Role.SUPERVISOR),
    "GET /api/drafts/{draft_id}/report",
    "GET /api/cases/{case_id}/report",
    "GET /api/drafts/{draft_id}/report/pictures/{picture_id}",
    others="none",
    freely=(Role.SUPERVISOR,),
    rule="with a case who may read the case; else who has taken it, or anybody while nobody has; every look"
    " stands in the audit trail",
)

RIGHTS: Final = (READ, *web_form.RIGHTS, *open311.RIGHTS, *wechat.RIGHTS)

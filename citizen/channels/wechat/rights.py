"""Access rights for the address that WeChat calls."""

from __future__ import annotations

from typing import Final

from citizen.channels.wechat.staff import rights as staff
from core.rights import open_to_all

DELIVER: Final = open_to_all(
    "deliver a message of the WeChat official account",
    "GET /api/citizen/wechat",
    "POST /api/citizen/wechat",
    proof="own",
    rule="by the account's signature and, unless switched off, encryption; only where `[citizen.wechat]` is"
    " enabled; limited by person and in total",
)

RIGHTS: Final = (DELIVER, *staff.RIGHTS)

"""The file that acl.conf includes: blocked addresses."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from core.listening.addresses import Network
from gateway.asterisk.included import REMEDY, IncludedFile, SwitchNotTold

__all__ = ["HEAD", "REMEDY", "SwitchList", "SwitchNotTold", "text_of"]

RELOAD: Final = "module reload acl"
"""Reads acl.conf again and nothing else; PJSIP takes the new list for the next request, calls go on."""
HEAD: Final = "; Addresses that are shut out of SIP. Written by songhua; see them with: songhua sip blocked\n"


def text_of(networks: Iterable[Network]) -> str:
    """`deny` alone: whoever is not named comes in. Networks only, so nothing else can stand in a line."""
    return HEAD + "".join(f"deny = {network}\n" for network in sorted(networks, key=str))


class SwitchList(IncludedFile):
    """`socket` is the switch's console."""

    def __init__(self, file: Path, socket: Path) -> None:
        super().__init__(file, socket, reload=RELOAD, empty=HEAD)

    async def put(self, networks: Iterable[Network]) -> bool:
        """False when the file says so already. Raises `SwitchNotTold`."""
        return await self.put_text(text_of(networks))

"""Talkgroups behind gateways that speak USRP. A gateway decides nothing: whoever begins first is heard."""

from __future__ import annotations

from typing import Final

from core.clock import Clock
from field.contract.capabilities import Can, Caps
from radio_bridge.codecs.usrp import Info
from radio_bridge.drivers.unarbitrated.line import party
from radio_bridge.drivers.unarbitrated.network import UnarbitratedNetwork
from radio_bridge.drivers.usrp.session import UsrpAccount, UsrpSession
from radio_bridge.drivers.usrp.settings import UsrpSettings, UsrpTalkgroup
from radio_bridge.drivers.usrp.timing import UsrpTiming
from radio_bridge.drivers.usrp.transport import UsrpCarrier

CAPS: Final = Caps(frozenset({Can.SPEAK, Can.HEAR, Can.NOTICE, Can.TALKER}))
_DMR_MOST: Final = 2**24 - 1


class UsrpDriver(UnarbitratedNetwork):
    """Implements `radio_bridge.drivers.voice.VoiceNetwork`."""

    kind = "usrp"
    caps = CAPS

    def __init__(self, settings: UsrpSettings, clock: Clock, *, timing: UsrpTiming | None = None) -> None:
        known = {f"{settings.network}:{one.tg}": one for one in settings.talkgroups}
        super().__init__(settings.network, tuple(known), clock)
        said = {one.callsign for one in known.values()} | {str(one.dmr_id) for one in known.values()}
        self.our_names = frozenset(party(settings.network, name) for name in said - {"", "0"})
        self.carry(
            {
                group: UsrpCarrier(
                    UsrpSession(_account(one), clock=clock, timing=timing),
                    to=(one.host, one.port),
                    listen=(one.listen_host, one.listen_port),
                    clock=clock,
                    told=self.lines[group].take,
                    timing=timing,
                )
                for group, one in known.items()
            }
        )


def _account(one: UsrpTalkgroup) -> UsrpAccount:
    info = None
    if one.callsign or one.dmr_id:
        info = Info(one.dmr_id, 0, min(one.tg, _DMR_MOST), 0, 0, one.callsign)
    return UsrpAccount(one.name, info, one.silent_s)

"""Groups of loudspeakers and telephones that listen to a multicast address, section `[warning.paging]`."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from core.models import StrictSettings

PagingName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,39}$")]
PagingPlace = tuple[Annotated[float, Field(ge=-180, le=180)], Annotated[float, Field(ge=-90, le=90)]]
"""Longitude and latitude, WGS-84."""
_OWN_NETWORK: Final = IPv4Network("224.0.0.0/24")
"""Of protocols of the network itself (RFC 5771, section 4)."""


def _group_address(address: IPv4Address) -> IPv4Address:
    if not address.is_multicast or address in _OWN_NETWORK:
        raise ValueError("a multicast address is needed, as 239.192.10.1 (239.0.0.0/8 is a city's own)")
    return address


def _even(port: int) -> int:
    if port % 2:
        raise ValueError("RTP has an even port")
    return port


class PagingGroup(StrictSettings):
    """What loudspeakers and telephones are set to: address, port and codec of RTP."""

    address: Annotated[IPv4Address, AfterValidator(_group_address)]
    port: Annotated[int, Field(ge=1024, le=65_534), AfterValidator(_even)]
    codec: Literal["ulaw", "alaw"] = Field(default="ulaw", description="G.711: PCMU or PCMA")
    hops: int = Field(default=1, ge=1, le=255, description="routers that it may pass, and one (IP TTL)")
    interface: IPv4Address | None = Field(
        default=None, description="address of the switch by which it leaves; none: as the machine routes it"
    )
    places: tuple[PagingPlace, ...] = Field(
        min_length=1, max_length=200, description="where they stand; one of them in the area is enough"
    )


class PagingSettings(StrictSettings):
    enabled: bool = Field(default=False, description="needs [asterisk] paging and the sounds of a page")
    at_once: int = Field(default=4, ge=1, le=50, description="groups that are paged at the same time")
    groups: dict[PagingName, PagingGroup] = Field(default_factory=dict)

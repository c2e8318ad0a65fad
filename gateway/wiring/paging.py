"""Fills the port of pages: the switch sends each by AMI at most once, and tells how far it has come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal, cast, get_args
from uuid import UUID

from core.log import logger
from core.switch import SwitchMessage
from gateway.ami.actions import EndPage, PageGroup
from gateway.ami.actions.paging import PAGE, page_channel
from gateway.ami.client import AmiClient
from gateway.ami.errors import AmiError
from gateway.ami.settings import AmiSettings
from gateway.asterisk.machine_checks import PAGE_PROMPTS, missing_prompts
from gateway.settings import Settings
from gateway.wiring.placing import PlacingPort, PlacingRefused
from warning.paging.service import PageWord
from warning.ports import PageToPlace

_log = logger("gateway")

CONTEXT: Final = "warning-page"
"""What a group hears: dialplan/paging.conf."""
EVENTS: Final = frozenset({"UserEvent"})
TOLD_BY: Final = "WarningPage"
_WORDS: Final = frozenset(get_args(PageWord))
_SETTLE_S: Final = 5.0


def with_paging(settings: AmiSettings) -> AmiSettings:
    """The account's settings with the context that pages use."""
    return settings.model_copy(update={"contexts": settings.contexts | {CONTEXT}})


def why_no_pages(settings: Settings) -> str:
    """Why nothing can be paged; empty: it can. Without its sounds a page would not say that it is an
    exercise.
    """
    if not settings.warning.paging.enabled:
        return "paging is off"
    if settings.asterisk is None or not settings.asterisk.paging:
        return "no multicast on the switch"
    return "sounds are missing" if missing_prompts(settings.asterisk, PAGE_PROMPTS) else ""


class AmiPages:
    """Fills `warning.ports.PageSwitch` and `gateway.wiring.placing.PlacedCalls`."""

    def __init__(self, client: AmiClient, tell: Callable[[UUID, PageWord], None]) -> None:
        """`tell` is told how far a page has come."""
        self._client = client
        self._placing = PlacingPort(client)
        self._tell = tell

    @property
    def up(self) -> bool:
        return self._client.up

    async def page(self, page: PageToPlace) -> Literal["placed", "refused", "in_doubt"]:
        group = page.group
        action = PageGroup(
            group.address, group.port, group.codec, group.hops, group.interface, CONTEXT, page.sounds
        )
        try:
            return await self._placing.place(action, page_channel(str(page.delivery_id)))
        except PlacingRefused:
            return "refused"

    async def settle(self, delivery_id: UUID) -> Literal["alive", "gone", "never", "unknown", "away"]:
        found = await self._placing.settle(page_channel(str(delivery_id)), within_s=_SETTLE_S)
        return found if found != "unknown" or self._client.up else "away"

    async def end(self, delivery_id: UUID) -> None:
        try:
            await self._client.perform(EndPage(str(delivery_id)))
        except AmiError as error:
            _log.info("a page was not ended", delivery=str(delivery_id), error=error.kind)

    def on_message(self, message: SwitchMessage) -> None:
        """One event. Never raises for its content."""
        channel, word = message.get("Uniqueid"), message.get("State")
        if message.get("UserEvent") != TOLD_BY or not channel.startswith(PAGE) or word not in _WORDS:
            return
        try:
            delivery_id = UUID(channel.removeprefix(PAGE))
        except ValueError:
            return
        self._tell(delivery_id, cast("PageWord", word))

    def on_snapshot(self, channels: Sequence[SwitchMessage]) -> None:
        """The room asks for each page by itself."""

    def on_link_down(self) -> None:
        """As above."""

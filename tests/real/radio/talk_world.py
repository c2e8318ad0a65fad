"""Two crews with the unit's page in real browsers, whose microphones speak a tone each.

The broker, the roles and Asterisk are real.
"""

from __future__ import annotations

import asyncio
import contextlib
import urllib.request
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.console.ear import Ear, voice
from tests.console.page import Page, new_page
from tests.console.seats import take_terminal
from tests.peers.audio import tone_seconds
from tests.peers.chromium import ChromiumPeer
from tests.peers.svxlink import SvxLinkPeer
from tests.peers.svxreflector import SvxReflectorPeer
from tests.real.radio.stage import CREW, WANG, Stage, get

_COUNTED: Final = "document.querySelector('[data-testid=talkgroups]').dataset.state === 'counted'"
TONES: Final = {"app:17": 1000.0, "app:18": 700.0}
AIR: Final = 1300.0
"""What the radio says."""
TG, RADIO_GROUP, US, RADIO = 4011, "svx:4011", "SONGHUA-1", "CREW-A"


class VoiceStage(Stage):
    """With its switch, by which pages speak and hear."""

    def start(self, *, radio: bool = True) -> None:
        self.switch.start()
        super().start(radio=radio)

    async def linked(self, network: str) -> None:
        """Wait until all talkgroups of this network are there."""
        wang = await self.sign_in(WANG)

        async def up() -> bool:
            known = (await get(wang, "/api/networks"))["networks"]
            return any(one["network"] == network and one["state"] == "up" for one in known)

        async with asyncio.timeout(30):
            while not await up():
                await asyncio.sleep(0.2)


class TalkStage(VoiceStage):
    """A second talkgroup is on a real reflector with a radio."""

    def __init__(self, folder: Path) -> None:
        self.reflector = SvxReflectorPeer(folder / "reflector", callsigns=[US, RADIO])
        self.radio_set = SvxLinkPeer(
            folder / "radio-set",
            callsign=RADIO,
            password=self.reflector.password,
            reflector_port=self.reflector.port,
            tg=TG,
        )
        talkgroup = {"tg": TG, "callsign": US, "password": self.reflector.password}
        network = {"svxreflector": {"port": self.reflector.port, "talkgroups": [talkgroup]}}
        super().__init__(folder, networks=network, hang_s=0.5)

    def start(self, *, radio: bool = True) -> None:
        self.reflector.start()
        self.radio_set.start()
        super().start(radio=radio)
        self.make_group(self.service.sign_in(WANG), RADIO_GROUP, (CREW,), name=("无线网 4011", "Radio 4011"))

    def close(self) -> None:
        super().close()
        self.radio_set.close()
        self.reflector.close()

    def keyed(self) -> bool:
        return bool(self.reflector.nodes().get(US, {}).get("isTalker", False))

    def turned_away(self) -> float:
        """Legs that stood at the door without a ticket."""
        with urllib.request.urlopen(f"{self.service.address}/metrics", timeout=5) as answer:
            rows = answer.read().decode().splitlines()
        name = 'songhua_radio_bridge_voice_doors_total{fate="no_ticket"}'
        return sum(float(row.rsplit(" ", 1)[1]) for row in rows if row.startswith(name))

    async def transmitted(self, seconds: float, hz: float) -> float:
        """For how long the radio's transmitter sends this tone, of these seconds from now on."""
        self.radio_set.listen_anew()
        await asyncio.sleep(seconds)
        return tone_seconds(self.radio_set.transmitted(), hz, share=0.1)


@dataclass(frozen=True, slots=True)
class Crew:
    """A unit's page that is signed in and listens."""

    uid: str
    page: Page
    ear: Ear

    @property
    def tone(self) -> float:
        return TONES[self.uid]

    async def until(self, state: str, *, seconds: float = 10) -> None:
        await self.page.until_attribute("talk", "data-state", state, seconds=seconds)

    async def state(self) -> str:
        return await self.page.attribute("talk", "data-state")


class Browsers:
    """One for each crew: a browser has one microphone."""

    def __init__(self, folder: Path, uids: Sequence[str] = tuple(TONES)) -> None:
        self._peers: dict[str, ChromiumPeer] = {}
        for uid in uids:
            home = folder / uid.replace(":", "-")
            home.mkdir(parents=True)
            speech = voice(home / "voice.wav", TONES[uid])
            self._peers[uid] = ChromiumPeer(home, speech=speech, extra=("--accept-lang=zh-CN",))

    def start(self) -> None:
        for peer in self._peers.values():
            peer.start()

    def close(self) -> None:
        for peer in self._peers.values():
            peer.close()

    def __getitem__(self, uid: str) -> ChromiumPeer:
        return self._peers[uid]


@contextlib.asynccontextmanager
async def crew(
    stage: Stage, browsers: Browsers, uid: str, *groups: str, script: str = ""
) -> AsyncIterator[Crew]:
    """The page of a unit that listens to these groups; nobody waits for the voice here. `script` runs in the
    page before its own.
    """
    async with new_page(browsers[uid]) as page:
        ear = Ear(page, (*TONES.values(), AIR))
        await ear.open()
        await page.command("Page.addScriptToEvaluateOnNewDocument", source=script)
        await take_terminal(page, stage.service.address, uid, stage.password(uid))
        await page.click("view-groups")
        for group in groups:
            await tick(page, group)
        yield Crew(uid, page, ear)
        await page.click("sign-out")
        await asyncio.sleep(0.2)


async def tick(page: Page, group: str) -> None:
    """Until the centre counts the unit as listening: a list of before may come after the first click."""
    async with asyncio.timeout(20):
        while not await page.run(f"({_box(group)}?.checked ?? false) && {_COUNTED}"):
            if await page.run(f"{_box(group)} && !{_box(group)}.checked"):
                await page.click(f"group-{group}")
            await asyncio.sleep(0.3)


def _box(group: str) -> str:
    return f"document.querySelector('[data-testid={_quoted(f'group-{group}')}]')"


def _quoted(text: str) -> Any:
    return f'"{text}"'

"""A centre whose agents' phones live in the pages of real browsers: Asterisk, the role `centre`, desks in
Chromium whose microphones speak a tone each, and citizens who speak another one.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gateway.asterisk.settings import AgentPhone, QueueSettings
from gateway.asterisk.tones import HOLD_NOTES
from tests.console.ear import Ear, voice
from tests.console.page import Page, PageFault, new_page
from tests.console.seats import fill_in
from tests.peers import audio
from tests.peers.asterisk import AsteriskPeer, agent, private_settings, short_prompts
from tests.peers.chromium import ChromiumPeer
from tests.peers.ports import free_port, release
from tests.peers.sipp import SippCaller
from tests.peers.songhua import Person, SonghuaPeer, Visitor
from tests.peers.world import PeerWorld
from tests.waiting import until, wait_for

CITIZEN: Final = 1000.0
VOICES: Final = {"one": 700.0, "two": 1600.0}
"""The tone of each browser's microphone."""
NEEDED: Final = ("asterisk", "hotline", "storage")
SHARE: Final = 0.2
AGENT: Final = Person("li.na", "李娜", ("agent",), endpoint="agent-1")
CHIEF: Final = Person("zhao.lei", "赵磊", ("supervisor",))


@dataclass(slots=True)
class DeskPage:
    """An agent's desk in one browser."""

    page: Page
    ear: Ear

    async def registered(self, *, seconds: float = 15) -> None:
        await self.page.until_attribute("phone-state", "data-state", "registered", seconds=seconds)

    async def ready(self) -> None:
        await self.registered()
        await self.page.click("state-ready")
        await self.page.until_attribute("agent-state", "data-state", "ready")

    async def answer(self) -> None:
        await self.page.until("!document.querySelector('[data-testid=answer]').disabled", "the phone rings")
        await self.page.press("F2")
        await self.page.until_attribute("ring-bar", "data-state", "talking")

    async def reload(self) -> None:
        """As by its key; the page's question whether to leave is answered with yes."""
        await self._leaving("Page.reload")

    async def leave(self) -> None:
        """To a page that is not ours."""
        await self._leaving("Page.navigate", url="about:blank")

    async def _leaving(self, how: str, **more: str) -> None:
        going = asyncio.ensure_future(self.page.command(how, **more))
        for _ in range(20):  # the question comes a moment later, and none while nobody is on the phone
            with contextlib.suppress(PageFault):
                await self.page.command("Page.handleJavaScriptDialog", accept=True)
                break
            await asyncio.sleep(0.05)
        await going

    async def open(self, address: str, person: Person = AGENT) -> None:
        await self.page.size(1440, 900)
        await self.page.open(f"{address}/desk/")
        await fill_in(self.page, person.id, person.password)
        await self.page.until_attribute("link-state", "data-state", "live")


class DeskPhoneWorld(PeerWorld):
    """`page` opens a desk in one of the browsers; `dial` is a citizen who phones."""

    def __init__(
        self,
        folder: Path,
        *,
        agents: tuple[AgentPhone, ...] | None = None,
        overrides: Mapping[str, Mapping[str, Any]] | None = None,
        switch: Mapping[str, Any] | None = None,
        away_seconds: int = 20,
        people: tuple[Person, ...] = (AGENT, CHIEF),
    ) -> None:
        super().__init__()
        self.folder = folder
        self._given = dict(overrides or {})
        self._people = people
        self._callers = 0
        self._citizens: list[SippCaller] = []
        prompts = short_prompts(folder / "prompts")
        settings = private_settings(
            folder / "asterisk",
            agents=agents or (agent("agent-1", browser=True), agent("agent-2")),
            queues=(QueueSettings(name="hotline", ring_seconds=20),),
            prompts=prompts,
            rtp_ports=120,
        )
        control = settings.control.model_copy(update={"away_seconds": away_seconds})
        switch = {"control": control, **(switch or {})}
        self.switch = AsteriskPeer(type(settings).model_validate({**dict(settings), **switch}))
        self._prompts = prompts
        self.web = free_port()
        self._ends.callback(release, self.web)
        self.service: SonghuaPeer
        self.chief: Visitor
        self.browsers: dict[str, ChromiumPeer] = {}
        self._speech = audio.to_ulaw(audio.tone(folder / "c.wav", CITIZEN, 5), folder / "c.ulaw")

    def start(self) -> None:
        self._ends.callback(self.switch.close)
        self.switch.start()
        settings: dict[str, Any] = {
            "web": {"port": self.web},
            "ivr": {"prompts": str(self._prompts)},
            # By day, who hangs up in the queue is offered to the agent as a callback, which reserves him.
            "hotline": {"queues": ["hotline"], "callbacks": {"enabled": False}},
        }
        for name, section in self._given.items():
            settings[name] = {**settings.get(name, {}), **section}
        self.service = SonghuaPeer(
            self.folder / "service", asterisk=self.switch, broker=None, overrides=settings
        )
        self._ends.callback(self.service.close)
        self.service.prepare(self._people)
        self.start_service()
        self.chief = self.service.sign_in(CHIEF)
        for name, hz in VOICES.items():
            home = self.folder / f"browser-{name}"
            home.mkdir(parents=True)
            browser = ChromiumPeer(home, speech=voice(home / "v.wav", hz), extra=("--accept-lang=zh-CN",))
            self._ends.callback(browser.close)
            browser.start()
            self.browsers[name] = browser

    def start_service(self) -> None:
        self.service.start(role="centre")
        self.service.wait_healthy(*NEEDED)

    @contextlib.asynccontextmanager
    async def page(self, browser: str = "one", person: Person = AGENT) -> AsyncIterator[DeskPage]:
        async with new_page(self.browsers[browser]) as page:
            desk = DeskPage(page, Ear(page, (CITIZEN, *VOICES.values())))
            await desk.ear.open()
            await desk.open(self.service.address, person)
            yield desk

    def dial(self, *, seconds: float = 120, called: str = "12345") -> SippCaller:
        self._callers += 1
        citizen = SippCaller(
            self.folder / f"citizen-{self._callers}",
            switch_port=self.switch.ports.sip,
            caller=f"1390451{self._callers:04d}",
            called=called,
            speech=self._speech,
            seconds=seconds,
        )
        self._citizens.append(citizen)
        self._ends.callback(citizen.close)
        citizen.dial()
        return citizen

    async def talk(self, desk: DeskPage, *, seconds: float = 120) -> tuple[SippCaller, str]:
        """A citizen phones and talks with this agent, both heard; the call's id."""
        citizen = self.dial(seconds=seconds)
        await desk.answer()
        await desk.ear.until(CITIZEN)
        await until(lambda: self.calls() and self.calls()[-1]["state"] == "talking", "the talk")
        return citizen, str(self.calls()[-1]["call_id"])

    def rest(self) -> None:
        """Nobody is on the phone, nothing is owed, nobody is signed in."""
        if not self.service.program.running:
            self.start_service()
        for citizen in self._citizens:
            citizen.close()
        self._citizens.clear()
        self.switch.rx("channel request hangup all")
        self.switch.wait_idle(20)
        wait_for(lambda: not self.calls(), "the end of all calls")
        visitor = self.service.sign_in(AGENT)
        for call in self.agent()["owed"]:
            body = {"op_id": str(uuid.uuid4()), "kind": "enquiry"}
            visitor.post(f"/api/calls/{call}/disposition", body)

    # --- what is true ---------------------------------------------------------------------------

    def calls(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.chief.get("/api/calls")["calls"]
        return found

    def call(self, call_id: str) -> dict[str, Any]:
        return next((one for one in self.calls() if one["call_id"] == call_id), {"state": "ended"})

    def agent(self, agent_id: str = AGENT.id) -> dict[str, Any]:
        rows: list[dict[str, Any]] = self.chief.get("/api/agents")["agents"]
        return next(row for row in rows if row["agent_id"] == agent_id)

    def channels(self) -> list[str]:
        """Names of channels, taps left out."""
        rows = self.switch.rx("core show channels concise").splitlines()
        return [row.partition("!")[0] for row in rows if "!" in row and not row.startswith("AudioSocket/")]

    # --- what the citizen hears -----------------------------------------------------------------

    def heard_by_citizen(self, since: float, until_: float, hz: float) -> float:
        """Seconds of this tone between two moments (`time.time`), out of the switch's recording."""
        return audio.tone_seconds(self._span(since, until_), hz, share=SHARE)

    def comfort_of_citizen(self, since: float, until_: float) -> float:
        """Seconds of the hold tone."""
        span = self._span(since, until_)
        return sum(audio.tone_seconds(span, note, share=SHARE) for note in set(HOLD_NOTES))

    def silence_of_citizen(self, since: float, until_: float) -> float:
        return audio.longest_silence(self._span(since, until_))

    async def until_heard(self, hz: float, since: float, seconds: float) -> float:
        """Wait until the citizen hears this tone after `since`; how many seconds after."""

        def heard() -> bool:
            return self.heard_by_citizen(since, time.time(), hz) >= 0.2

        await until(heard, f"{hz} Hz at the citizen", seconds)
        return time.time() - since

    def _span(self, since: float, until_: float) -> audio.Samples:
        files = sorted(self.switch.recordings.rglob("*-out.alaw"), key=lambda one: one.stat().st_mtime)
        samples = audio.read_alaw(files[-1])
        began = files[-1].stat().st_mtime - len(samples) / audio.RATE
        first, last = (int((moment - began) * audio.RATE) for moment in (since, until_))
        return samples[max(0, first) : max(0, last)]


def members(switch: AsteriskPeer, queue: str = "hotline") -> list[str]:
    return re.findall(r"PJSIP/(agent-\d+)", switch.rx(f"queue show {queue}"))

"""The people in front of their screens: each drives a real page in a real Chromium by its test ids."""

from __future__ import annotations

import base64
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Playwright, expect, sync_playwright

from tests.peers.chromium import ChromiumPeer
from tests.peers.songhua import Person

PATIENCE_MS = 20_000
BY_CAMERA: Final = """async () => {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480 } });
  const video = document.createElement("video");
  video.muted = true;
  video.srcObject = stream;
  await video.play();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  canvas.getContext("2d").drawImage(video, 0, 0);
  for (const track of stream.getTracks()) track.stop();
  return canvas.toDataURL("image/jpeg", 0.9).split(",")[1];
}"""
"""What the device's camera sees now, as JPEG in base64; Chromium's is a fake one."""


class Browsers:
    """One Chromium whose microphone speaks `speech` once; each person gets a context of his own."""

    def __init__(self, folder: Path, *, speech: Path | None, extra: tuple[str, ...] = ()) -> None:
        # "%noloop": the agent says his part once, from the moment his microphone opens.
        source = Path(f"{speech}%noloop") if speech else None
        folder.mkdir(parents=True, exist_ok=True)
        self._peer = ChromiumPeer(folder, speech=source, extra=extra)
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None

    def __enter__(self) -> Self:
        self._peer.start()
        self._playwright = sync_playwright().start()
        self._browser = self._playwright.chromium.connect_over_cdp(self._peer.address)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._playwright is not None:
            self._playwright.stop()
        self._peer.close()

    def leave(self) -> None:
        """Close every page."""
        assert self._browser is not None, "no browser runs"
        for context in self._browser.contexts:
            context.close()

    def page(self, *, width: int = 1440, height: int = 900) -> Page:
        assert self._browser is not None, "no browser runs"
        context = self._browser.new_context(
            viewport={"width": width, "height": height}, locale="zh-CN",
            permissions=["microphone", "camera"],
        )  # fmt: skip
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        return page


class Seat:
    """What every signed-in page has: its errors are kept, for a page must have none."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.errors: list[str] = []
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def by(self, name: str) -> Locator:
        return self.page.get_by_test_id(name)

    def picture(self, file: Path) -> Path:
        file.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=file)
        return file


class DeskSeat(Seat):
    """The desk of an agent or an acceptor."""

    def sign_in(self, person: Person) -> None:
        self.page.goto(f"{self.address}/desk/")
        self.by("sign-in-user").fill(person.id)
        self.by("sign-in-password").fill(person.password)
        self.by("sign-in-submit").click()
        expect(self.by("link-state")).to_have_attribute("data-state", "live", timeout=PATIENCE_MS)

    def be_ready(self) -> None:
        """The browser's phone is registered and the queue may ring it."""
        expect(self.by("phone-state")).to_have_attribute("data-state", "registered", timeout=PATIENCE_MS)
        self.by("state-ready").click()
        expect(self.by("agent-state")).to_have_attribute("data-state", "ready", timeout=PATIENCE_MS)

    def wait_ring(self) -> str:
        """The number that rings, once the bar shows it."""
        expect(self.by("ring-bar")).to_have_attribute("data-state", "ringing", timeout=PATIENCE_MS)
        return self.by("ring-number").inner_text()

    def answer(self) -> None:
        """By the key, as an agent does; the phone's own INVITE may come a moment after the pop."""
        expect(self.by("answer")).to_be_enabled(timeout=PATIENCE_MS)
        self.page.keyboard.press("F2")
        expect(self.by("ring-bar")).to_have_attribute("data-state", "talking", timeout=PATIENCE_MS)

    def segments(self) -> list[str]:
        return self.page.locator('[data-testid^="segment-"]').all_inner_texts()

    def wait_segments(self, speaker: str, count: int, seconds: float) -> list[str]:
        rows = self.page.locator(f'[data-testid^="segment-"][data-speaker="{speaker}"][data-final="true"]')
        expect(rows).not_to_have_count(0, timeout=seconds * 1000)
        deadline = time.monotonic() + seconds
        while rows.count() < count and time.monotonic() < deadline:
            self.page.wait_for_timeout(100)
        return rows.all_inner_texts()

    def field(self, name: str) -> Locator:
        return self.by(f"field-{name}")

    def correct(self, name: str, value: str) -> None:
        """Put `value` into a field as a person would, and wait until it is saved."""
        field = self.field(name)
        if name == "district":
            field.select_option(value)
        else:
            field.fill(value)
            field.press("Enter" if name == "category" else "Tab")
        expect(self.by(f"frame-{name}")).to_have_attribute("data-by", "agent", timeout=PATIENCE_MS)

    def confirm(self) -> str:
        """The case's number as it is read out."""
        self.by("confirm").click()
        expect(self.by("case-number")).to_be_visible(timeout=PATIENCE_MS)
        return self.by("case-number").inner_text()

    def dispatch(self, unit: str) -> None:
        self.by("unit-select").select_option(unit)
        self.by("dispatch").click()

    def wait_step(self, *steps: str, seconds: float = 20) -> str:
        """Wait until the dispatch shows one of the steps; which one."""
        shown = ", ".join(f'[data-testid="dispatch-step"][data-step="{step}"]' for step in steps)
        expect(self.page.locator(shown)).to_have_count(1, timeout=seconds * 1000)
        return self.by("dispatch-step").get_attribute("data-step") or ""

    def set_disposition(self, kind: str) -> None:
        self.by(f"disposition-{kind}").click()
        self.by("disposition-submit").click()


class UnitSeat(Seat):
    """The terminal of a field unit."""

    def sign_in(self, unit: str, password: str) -> None:
        self.page.goto(f"{self.address}/unit/")
        self.by("sign-in-user").fill(unit)
        self.by("sign-in-password").fill(password)
        self.by("sign-in-submit").click()
        expect(self.by("unit-link")).to_have_attribute("data-state", "online", timeout=PATIENCE_MS)

    @property
    def job(self) -> Locator:
        return self.page.locator("article.job").first

    def wait_job(self) -> str:
        """The case number on the first job, once it is there."""
        expect(self.job).to_be_visible(timeout=PATIENCE_MS)
        return self.job.locator(".number").inner_text()

    def act(self, step: str, words: str = "") -> None:
        """Press the button of a step; some ask for words first. Returns when the job shows the step."""
        self.job.get_by_test_id(f"job-{step.replace('_', '-')}").click()
        if words:
            self.job.get_by_test_id("job-words").fill(words)
            self.job.get_by_test_id("job-send").click()
        expect(self.job).to_have_attribute("data-step", step, timeout=PATIENCE_MS)

    def send_picture(self) -> bytes:
        """Take a picture by the device's camera and give it to the job; its bytes."""
        taken = base64.b64decode(self.page.evaluate(BY_CAMERA))
        self.job.get_by_test_id("job-photo").set_input_files(
            {"name": "scene.jpg", "mimeType": "image/jpeg", "buffer": taken}
        )
        return taken


def texts(value: Any) -> str:
    return " / ".join(str(one).replace("\n", " ") for one in value)

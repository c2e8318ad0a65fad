"""Where a running warning is shown: the page of the public, a desk, and the wallboard, in a real Chromium."""

from __future__ import annotations

from typing import Final

from playwright.sync_api import Locator, Page, expect

from tests.demo.seats import PATIENCE_MS, Browsers, DeskSeat, Seat
from tests.peers.songhua import Person

LOOK: Final = "window.dispatchEvent(new Event('warnings-changed'))"
"""Desks look every ten seconds, and at once when something was done with a warning."""


class WarningScreens:
    def __init__(self, browsers: Browsers, address: str, person: Person) -> None:
        self._public = Seat(browsers.page(width=420, height=860), address)
        self._public.page.goto(f"{address}/citizen/")
        self._desk = DeskSeat(browsers.page(), address)
        self._desk.sign_in(person)
        self._wallboard = Seat(self._desk.page.context.new_page(), address)
        self._wallboard.page.goto(f"{address}/desk/wallboard")
        expect(self._wallboard.by("wallboard")).to_be_visible(timeout=PATIENCE_MS)
        self.faults: list[str] = []
        """What the pages did not catch."""
        for one in (self._public, self._desk, self._wallboard):
            one.page.on("pageerror", lambda error: self.faults.append(str(error)))

    def show(self, words: str) -> None:
        """Each of them shows one warning, with these words. The service says so already."""
        for one in self._looked():
            expect(one).to_have_count(1, timeout=PATIENCE_MS)
            expect(one).to_contain_text(words, timeout=PATIENCE_MS)

    def show_none(self) -> None:
        for one in self._looked():
            expect(one).to_have_count(0, timeout=PATIENCE_MS)

    def _looked(self) -> list[Locator]:
        """The warnings of each page after it has asked anew."""
        with self._public.page.expect_response("**/api/citizen/warnings"):
            self._public.page.reload()
        for page in (self._desk.page, self._wallboard.page):
            self._ask(page)
        return [
            self._public.by("warning"), self._desk.by("warning-banner"),
            self._wallboard.by("warning-banner"),
        ]  # fmt: skip

    @staticmethod
    def _ask(page: Page) -> None:
        with page.expect_response("**/api/warnings/running"):
            page.evaluate(LOOK)

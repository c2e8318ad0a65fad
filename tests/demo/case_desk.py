"""A desk at the page of one case: it looks through cameras, sees them live, and says what pictures show."""

from __future__ import annotations

from typing import Any, Final

from playwright.sync_api import expect

from tests.demo.seats import PATIENCE_MS, DeskSeat
from tests.demo.street_camera import HOLE
from tests.waiting import wait_for

SHOWN_S: Final = 40.0
GREY: Final = """([name, right, down]) => {
  const shown = document.querySelector(`[data-testid="${name}"]`);
  const width = shown?.videoWidth || shown?.naturalWidth, height = shown?.videoHeight || shown?.naturalHeight;
  if (!width || shown.currentTime < 1) return null;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const drawn = canvas.getContext("2d");
  drawn.drawImage(shown, 0, 0);
  const [red, green, blue] = drawn.getImageData(width * right, height * down, 1, 1).data;
  return { grey: (red + green + blue) / 3 };
}"""
"""How bright a place of a picture is; of a video after its first second. Null as long as nothing is shown."""


class CaseDesk(DeskSeat):
    def open_case(self, case_id: str) -> None:
        self.page.goto(f"{self.address}/desk/cases/{case_id}")
        expect(self.by("case-page")).to_be_visible(timeout=PATIENCE_MS)

    def look(self, code: str) -> float:
        """Have this camera take a picture for the case; how bright the place of the hole is."""
        self.by(f"camera-look-{code}").click()
        return self.brightness("snapshot-shown")

    def mark(self, snapshot_id: str, moment: str) -> None:
        """Say that a picture shows the place `before` the work, or `after` it."""
        button = self.by(f"{moment}-{snapshot_id}")
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true", timeout=PATIENCE_MS)

    def see_live(self, code: str) -> float:
        """Until the camera's picture moves; how bright the place of the hole is."""
        self.by(f"camera-live-{code}").click()
        return self.brightness("live-video")

    def leave_live(self) -> None:
        self.by("live-close").click()
        expect(self.by("live")).to_have_count(0, timeout=PATIENCE_MS)

    def brightness(self, name: str) -> float:
        """Of the place of the hole, 0 to 255, in what this element shows."""

        def seen() -> dict[str, float] | None:
            found: dict[str, float] | None = self.page.evaluate(GREY, [name, *HOLE])
            return found

        found = wait_for(seen, f"a picture in {name}", SHOWN_S)
        assert found is not None
        return round(found["grey"])

    def act(self, what: str, words: str = "", **choices: Any) -> None:
        """Press a button of the case's acts, fill in its form and send it. `by_camera` and `condition` are
        choices of forms that have them.
        """
        self.by(f"act-{what}").click()
        if words:
            self.by("act-words").fill(words)
        if choices.get("by_camera"):
            self.by("act-by-camera").check()
        if condition := choices.get("condition"):
            self.by("close-condition").select_option(condition)
        self.by("act-send").click()

    def wait_state(self, state: str) -> None:
        expect(self.by("case-state")).to_have_attribute("data-state", state, timeout=PATIENCE_MS)

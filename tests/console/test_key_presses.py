"""How many key presses an agent's usual work takes, from the ring to being ready again. Typed text is not
counted.

The gateway is a simulated one; that the telephone takes F2 is in test_softphone.py, the whole on a real
switch in tests/real/stories.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.console.page import Page
from tests.console.simulated_gateway import SimulatedGateway, category
from tests.console.test_desk_page import CALL, CONTEXT, DRAFT, clean, sign_in

pytestmark = pytest.mark.real

CHECKED, DISPATCHED, READY = 6, 8, 9
DOUBTFUL = 0.48


@dataclass(slots=True)
class Keyboard:
    """Counts what is pressed; a chord is one press."""

    page: Page
    pressed: int = 0

    async def press(self, key: str, **modifiers: Any) -> None:
        self.pressed += 1
        await self.page.press(key, **modifiers)


async def doubtful_draft(gateway: SimulatedGateway) -> None:
    """Three of its fields have to be checked."""
    await gateway.drafted(
        CALL,
        DRAFT,
        category=(category("P0103"), DOUBTFUL, [("c1", 21, 23)]),
        district=("230103", 0.95, [("c1", 8, 11)]),
        address=("学府路74号", DOUBTFUL, [("c1", 11, 18)]),
        crossing=("学府路与保健路", DOUBTFUL, []),
        description=("南岗区学府路74号门口井盖丢了", 0.95, [("c1", 8, 25)]),
        urgency=("normal", 0.95, []),
    )


async def test_a_checked_case_its_dispatch_and_its_outcome_take_nine_key_presses(
    page: Page, gateway: SimulatedGateway
) -> None:
    keys = Keyboard(page)
    await sign_in(page, gateway)
    await gateway.ring(CALL, "13904510001", context=CONTEXT)
    await page.until_attribute("ring-bar", "data-state", "ringing")
    await keys.press("F2")
    await gateway.answered(CALL)
    await gateway.said(CALL, "c1", "citizen", "你好我要反映一下南岗区学府路七十四号门口那个井盖丢了", at_s=4)
    await doubtful_draft(gateway)
    await page.until_value("field-address", "学府路74号")
    looked_at = []
    for _ in range(3):
        await keys.press("F8")
        looked_at.append(await page.focused())
    assert looked_at == ["field-category", "field-address", "field-crossing"]
    await keys.press("Enter", ctrl=True)
    await page.until_text("case-number", "230103-20261125-0001")
    assert keys.pressed <= CHECKED
    checked = keys.pressed

    await keys.press("Enter", ctrl=True, shift=True)
    await page.until("document.activeElement?.dataset.testid === 'unit-select'", "a unit that is proposed")
    proposed = await page.value("unit-select")
    assert gateway.units[proposed]["online"]
    await keys.press("Enter", ctrl=True, shift=True)
    await page.until_attribute("dispatch-step", "data-step", "queued")
    assert keys.pressed <= DISPATCHED
    dispatched = keys.pressed

    await gateway.ended(CALL)
    await page.until("document.querySelector('.disposition.due') !== null", "the outcome asked for")
    await keys.press("Enter", ctrl=True)
    await page.until("document.querySelector('[data-testid=disposition-done]') !== null", "the outcome")
    assert gateway.dispositions[CALL]["kind"] == "case"
    assert keys.pressed <= READY
    assert (checked, dispatched, keys.pressed) == (5, 7, 8)
    clean(page)


async def test_while_people_talk_the_key_of_the_outcome_does_nothing(
    page: Page, gateway: SimulatedGateway
) -> None:
    await sign_in(page, gateway)
    await gateway.ring(CALL, "13904510001", context=CONTEXT)
    await gateway.answered(CALL)
    await doubtful_draft(gateway)
    await page.until_value("field-address", "学府路74号")
    await page.press("Enter", ctrl=True)
    await page.until_text("case-number", "230103-20261125-0001")
    await page.press("Enter", ctrl=True)
    await page.press("Enter", ctrl=True)
    assert CALL not in gateway.dispositions
    assert not await page.has("disposition-done")
    clean(page)

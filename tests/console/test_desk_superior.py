"""A superior's order at the desk: entered beside the paper form, shown with who ordered it and until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.console.page import Page
from tests.console.phone import photograph
from tests.console.seats import open_workspace
from tests.console.simulated_gateway import SimulatedGateway
from tests.console.test_accessibility import faults
from tests.console.test_desk_cases import DARK
from tests.console.test_desk_page import clean, picture, sign_in

pytestmark = pytest.mark.real
DUE = "document.querySelector('[data-testid=superior-due]')"


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_what_a_superior_orders_is_a_case_that_is_due_by_the_order(
    page: Page, gateway: SimulatedGateway, language: str, tmp_path: Path
) -> None:
    due = f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%d}T17:00"
    await sign_in(page, gateway, "sun.li")
    await page.choose("language", language)
    await open_workspace(page, "cases")
    assert not await page.has("to-paper"), "a dispatcher enters no paper"
    await page.click("to-superior")
    await page.click("superior-enter")
    await page.until("document.querySelectorAll('[data-testid=superior-trouble] p').length === 3", "lacks")
    assert await faults(page) == []
    await page.fill("superior-by", "市政府督查室")
    await page.fill("superior-reference", "督〔2026〕15号")
    await page.run(f"{DUE}.value = '{due}'; {DUE}.dispatchEvent(new Event('input', {{bubbles: true}}))")
    await page.fill("superior-text", "公滨路路灯不亮多日，限期修复")
    await page.fill("superior-address", "公滨路5号")
    await page.fill("field-category", "路灯")
    await page.press("Enter")
    assert await faults(page) == []
    await picture(page, f"superior-{language}")
    await page.click("superior-enter")
    await page.until(
        "location.pathname.startsWith('/desk/cases/') && !location.pathname.endsWith('superior')", ""
    )
    await page.until_text("fact-ordered", "市政府督查室 · 督〔2026〕15号")
    decided = (
        "以上级督办 督〔2026〕15号 的时限为准" if language == "zh" else "the superior's deadline of order"
    )
    assert decided in await page.text("fact-due")
    await page.until_text("case-source", "上级交办" if language == "zh" else "superior's order")
    (sent,) = [one for one in gateway.requests if one[1].endswith("/cases/superior")]
    assert (sent[2]["ordered_by"], sent[2]["due_at"][:4]) == ("市政府督查室", due[:4])
    letter, junk = tmp_path / "督〔2026〕15号.pdf", tmp_path / "junk.pdf"
    letter.write_bytes(b"%PDF-1.7 and so on")
    junk.write_bytes(b"<html>")
    await photograph(page, "letter-file", junk)
    await page.until("document.querySelector('[data-testid=letter-trouble]') !== null", "why it is not kept")
    await photograph(page, "letter-file", letter)
    await page.until(
        "document.querySelector('[data-testid=order-letters]').dataset.count === '1'", "the letter"
    )
    shown = await page.text("order-letter")
    assert all(words in shown for words in (letter.name, "1 KiB", "孙丽", "SHA-256"))
    link = await page.run("document.querySelector('[data-testid=order-letter] a').getAttribute('href')")
    assert link.startswith("/api/cases/superior/")
    await page.run(DARK)
    assert await faults(page) == []
    page.errors = [line for line in page.errors if "422" not in line]  # of the junk
    clean(page)

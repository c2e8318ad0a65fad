"""A hand on a button of a page: pressed by mouse, finger or key, and let go later."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from tests.console.page import Page

_SPACE = {"key": " ", "code": "Space", "windowsVirtualKeyCode": 32}


async def place(page: Page, testid: str) -> dict[str, float]:
    found: dict[str, float] = await page.until(
        f"(() => {{ const r = document.querySelector('[data-testid=\"{testid}\"]')?.getBoundingClientRect();"
        " return r?.width ? {x: r.x + r.width / 2, y: r.y + r.height / 2} : null; })()",
        f"{testid} to press",
    )
    return found


async def mouse(page: Page, kind: str, at: dict[str, float]) -> None:
    await page.command("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **at)


async def finger(page: Page, kind: str, *at: dict[str, float]) -> None:
    await page.command("Input.dispatchTouchEvent", type=kind, touchPoints=list(at))


async def space(page: Page, kind: str, **more: Any) -> None:
    await page.command("Input.dispatchKeyEvent", type=kind, **_SPACE, **more)


@contextlib.asynccontextmanager
async def held(page: Page, testid: str) -> AsyncIterator[None]:
    """Pressed with the mouse inside the block."""
    at = await place(page, testid)
    await mouse(page, "mousePressed", at)
    try:
        yield
    finally:
        await mouse(page, "mouseReleased", at)

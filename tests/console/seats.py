"""Who sits before the pages: a browser that prefers Chinese, and people at a desk or a terminal."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tests.console.page import Page
from tests.peers.chromium import ChromiumPeer
from tests.peers.running import running

SHOWN = (
    "[...document.querySelectorAll('.rail [data-testid^=view-]:not([data-alone])')]"
    ".map((e) => e.dataset.testid.slice(5))"
)
"""The names of the workspaces in the rail, but for those that fill the screen."""


@contextlib.contextmanager
def chinese_browser(folder: Path) -> Iterator[ChromiumPeer]:
    """Without a graphics card it draws maps by itself."""
    with running(
        ChromiumPeer(folder, extra=("--accept-lang=zh-CN", "--enable-unsafe-swiftshader"))
    ) as browser:
        yield browser


async def sit_at_desk(page: Page, address: str, user: str, password: str) -> None:
    """Signed in at the desk of the service, which is live."""
    await page.size(1440, 900)
    await page.open(f"{address}/desk/")
    await fill_in(page, user, password)
    await page.until_attribute("link-state", "data-state", "live")


async def open_workspace(page: Page, name: str) -> None:
    """By its place in the rail; its part of the page is loaded."""
    await page.click(f"view-{name}")
    await page.until(f"document.querySelector('main[data-workspace={name}]')?.children.length", name)


async def open_section(page: Page, name: str) -> None:
    """A section of Settings."""
    await open_workspace(page, "settings")
    await page.click(f"view-{name}")
    await page.until_attribute(f"view-{name}", "aria-current", "page")


async def open_alarms(page: Page) -> None:
    """The list of alarms, by its key."""
    await page.until("document.querySelector('[data-testid=alarms]') !== null", "an alarm in the strip")
    if not await page.has("alarm-list"):
        await page.press("a", alt=True)
    await page.until("document.querySelector('[data-testid=alarm-list]') !== null", "the list of alarms")


async def take_terminal(page: Page, address: str, uid: str, password: str) -> None:
    """Signed in on a phone with the unit's page, which has reached the broker."""
    await page.size(430, 900)
    await page.open(f"{address}/unit/")
    await fill_in(page, uid, password)
    await page.until_attribute("unit-link", "data-state", "online", seconds=20)


async def fill_in(page: Page, user: str, password: str) -> None:
    """The same form on both pages."""
    await page.fill("sign-in-user", user)
    await page.fill("sign-in-password", password)
    await page.click("sign-in-submit")

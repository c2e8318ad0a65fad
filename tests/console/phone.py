"""What a phone has beside its screen: a place, a camera, and a line that may be slow."""

from __future__ import annotations

from pathlib import Path

from tests.console.page import Page


async def allow_position(page: Page, lon: float, lat: float) -> None:
    """The phone is there, and its owner lets this page know."""
    origin = await page.run("location.origin")
    target = (await page.command("Target.getTargetInfo"))["targetInfo"]
    await page.command(
        "Browser.grantPermissions",
        origin=origin, permissions=["geolocation"], browserContextId=target["browserContextId"],
    )  # fmt: skip
    await page.command("Emulation.setGeolocationOverride", longitude=lon, latitude=lat, accuracy=8)


async def slow(page: Page, *, bytes_a_second: int) -> None:
    """Upwards; -1 as fast as it can."""
    await page.command(
        "Network.emulateNetworkConditions",
        offline=False, latency=0, downloadThroughput=-1, uploadThroughput=bytes_a_second,
    )  # fmt: skip


async def photograph(page: Page, testid: str, file: Path) -> None:
    """As if the crew had taken it with the camera."""
    camera = f"document.querySelector('[data-testid={testid}]')"
    await page.until(f"{camera} !== null", f"{testid} to take a photo with")
    found = await page.command("Runtime.evaluate", expression=camera)
    await page.command("DOM.setFileInputFiles", files=[str(file)], objectId=found["result"]["objectId"])

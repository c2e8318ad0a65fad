"""Names the browser and the operating system of a User-Agent header."""

from __future__ import annotations

from typing import Final

# The first that stands in the header counts: later ones stand in those of others too.
_BROWSERS: Final = (
    ("MicroMessenger/", "WeChat"), ("Edg/", "Edge"), ("OPR/", "Opera"), ("QQBrowser/", "QQ Browser"),
    ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("Python-urllib/", "songhua"),
)  # fmt: skip
_SYSTEMS: Final = (
    ("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iOS"), ("iPad", "iPadOS"),
    ("Mac OS X", "macOS"), ("HarmonyOS", "HarmonyOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


def described(program: str) -> str:
    """`Chrome, Windows`; the beginning of the header where it names none that is known."""
    browser = next((name for mark, name in _BROWSERS if mark in program), "")
    system = next((name for mark, name in _SYSTEMS if mark in program), "")
    return ", ".join(part for part in (browser, system) if part) or program[:40]

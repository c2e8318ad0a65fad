"""Debian's Firefox, one tab of it, driven over WebDriver BiDi: `scripts/setup --only firefox` brings both."""

from tests.peers.firefox.tab import FirefoxTab, firefox_tab

__all__ = ["FirefoxTab", "firefox_tab"]

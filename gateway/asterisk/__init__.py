"""The switch's configuration: rendered from `asterisk-conf/`, and examined by the doctor."""

from gateway.asterisk.doctor import AmiProbe, Console, LocalConsole, examine
from gateway.asterisk.findings import Finding, Severity, Text
from gateway.asterisk.render import prepare_directories, render
from gateway.asterisk.settings import AsteriskSettings

__all__ = [
    "AmiProbe",
    "AsteriskSettings",
    "Console",
    "Finding",
    "LocalConsole",
    "Severity",
    "Text",
    "examine",
    "prepare_directories",
    "render",
]

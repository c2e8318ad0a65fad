"""The switch's configuration: rendered from `asterisk-conf/`, and examined by the doctor."""

from gateway.asterisk.doctor import examine
from gateway.asterisk.render import render
from gateway.asterisk.settings import AsteriskSettings

__all__ = ["AsteriskSettings", "examine", "render"]

"""AsyncAGI: the same dialogue by AMI alone, for a switch that may not reach us; public names stand here."""

from gateway.agi.asyncagi.server import AsyncAgiServer

__all__ = ["AsyncAgiServer"]

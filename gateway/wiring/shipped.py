"""What every centre makes at its start of tables that come with the program: once, before it is forked."""

from __future__ import annotations

from cases.room import knowledge
from cases.settings import CasesSettings
from citizen.messages.model import MessageRules


def read_shipped() -> None:
    """Fills the caches of the rooms. Files of the installation are read by each role itself."""
    knowledge(CasesSettings())
    MessageRules()

"""Ways in which radios differ, or in which the text of the standard was not at hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(slots=True)
class Quirks:
    """Changed by a test at any time."""

    identities: Literal["ssi", "tsi", "extended"] = "ssi"
    """How a radio names others in +CTSDSR: 8 digits at most, MCC3 MNC4 SSI8, or MCC4 MNC5 SSI8."""
    odd_hex: bool = False
    """A short position (84 bits) as 21 hex digits, as Sepura's do, not as 22."""
    unsolicited_first: bool = False
    """What a command brings about comes before its OK, not after it."""
    byte_by_byte: bool = False
    """Each byte is written for itself."""
    prompt: bool = False
    """`> ` after the first line of +CMGS, as 3GPP TS 27.005 has it."""
    reference_at_once: bool = True
    """+CMGS of the command itself has the message's instance; else only OK comes."""
    long_registration: bool = False
    """+CREG? as in 3GPP TS 27.007, with <n> before the state. *Not sure in the standard.*"""
    location: bool = True
    """+CREG says the location area and the network too."""
    echo: bool = True
    """After power-on it says again what it hears, until ATE0."""
    numeric_errors: bool = True
    """After power-on errors are `+CME ERROR: n`; else `ERROR` until AT+CMEE=1. *Not sure in the standard.*"""
    profile_needed: bool = True
    """Without +CTSP nothing is forwarded to the TE (the MT handles all); else everything is."""
    reports_itself: bool = False
    """It says itself that a text with a wish for a report was received, whatever the profile."""
    says_own_end: bool = True
    """+CDTXC after our own +CUTXC."""
    lowercase_hex: bool = False
    user_data_s: float = 10.0
    """How long it waits for the second line of +CMGS (error 37)."""
    most_bits: int = 1184
    """Of user data, as +CMGS=? says."""

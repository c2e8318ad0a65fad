"""Identities of TETRA as digits: SSI, and TSI in its two forms (MCC 3 MNC 4 SSI 8, MCC 4 MNC 5 SSI 8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LARGEST_SSI = 0xFFFFFF
KIND = {"ssi": 0, "tsi": 1, "extended": 5}


@dataclass(frozen=True, slots=True)
class Mni:
    """A mobile network's identity."""

    mcc: int
    mnc: int

    def write(self, ssi: int, form: Literal["ssi", "tsi", "extended"]) -> str:
        if form == "ssi":
            return str(ssi)
        if form == "tsi":
            return f"{self.mcc:03d}{self.mnc:04d}{ssi:08d}"
        return f"{self.mcc:04d}{self.mnc:05d}{ssi:08d}"

    @property
    def digits(self) -> str:
        return f"{self.mcc:04d}{self.mnc:05d}"


def ssi_of(digits: str) -> int | None:
    """Of any of the forms; None for what is none."""
    if not digits.isascii() or not digits.isdigit() or len(digits) > 17 or 8 < len(digits) < 15:
        return None
    ssi = int(digits[-8:])
    return ssi if 0 < ssi <= LARGEST_SSI else None

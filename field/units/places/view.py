"""Positions as events show them."""

from __future__ import annotations

from field.events import UnitPlace
from field.units.places.model import UnitPosition


def place_view(unit_id: str, placed: UnitPosition) -> UnitPlace:
    """As a desk shows it."""
    fix = placed.fix
    return UnitPlace(
        unit_id=unit_id,
        lon=fix.lon,
        lat=fix.lat,
        accuracy_m=fix.accuracy_m,
        source=fix.source,
        measured_at=placed.measured_at,
        received_at=fix.received_at,
        speed_mps=fix.speed_mps,
        heading_deg=fix.heading_deg,
        battery_pct=fix.battery_pct,
    )

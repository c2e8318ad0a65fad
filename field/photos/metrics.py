"""What became of photos of units."""

from __future__ import annotations

from core.metrics import counter

photos = counter("field_photos", "Photos of units by what became of them", ["fate"])

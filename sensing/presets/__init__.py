"""Presets of turning cameras: who turns which one for which case, one person at a time."""

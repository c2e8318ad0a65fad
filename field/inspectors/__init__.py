"""Inspectors (监督员): units with the skill `inspector`, the shifts they work, and who of them is near."""

"""Telephone sound and uploaded sound, with the standard library only."""

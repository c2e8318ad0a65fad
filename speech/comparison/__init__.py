"""Compares engines on the operator's own recordings: errors, speed, memory, first partial."""

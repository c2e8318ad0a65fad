"""Calls to recipients of warnings, who acknowledge by a key."""

"""Recordings: expected when a call starts, kept with their hashes, audited when heard."""

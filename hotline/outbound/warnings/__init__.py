"""Calls that warn those who are registered for an area; a key acknowledges or refuses."""

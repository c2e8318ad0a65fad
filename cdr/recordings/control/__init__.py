"""Pauses and resumes a recording, for example while a caller says a card number."""

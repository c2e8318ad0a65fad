"""The incident conference of a case: who is in it, and what becomes of it."""

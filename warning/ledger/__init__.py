"""Warnings as they are recorded: who drafted and released each, and what became of it."""

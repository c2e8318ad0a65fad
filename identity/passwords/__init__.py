"""Passwords: which are taken, and how they are hashed."""

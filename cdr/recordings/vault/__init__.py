"""Recordings encrypted at rest, with keys outside the database."""

"""Calls to members of an incident conference: who picks up is in it."""

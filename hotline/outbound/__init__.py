"""Calls that the hotline places: one engine, and a policy for each purpose (callbacks, alarms, crews)."""

"""Starts real peers (Asterisk, SIPp, baresip, Mosquitto, Chromium, PostgreSQL) for tests, demo and benches.

The classes know nothing of pytest; `fixtures` wraps them for it.
"""

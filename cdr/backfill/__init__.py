"""Backfill: transcribes gaps of a transcript from the recording after the call."""

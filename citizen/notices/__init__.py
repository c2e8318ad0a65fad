"""Notices of progress: written with the event that they tell of, sent by the report's channel."""

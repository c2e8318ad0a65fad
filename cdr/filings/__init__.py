"""Filings of other rooms: drafts, cases, dispatches, dispositions."""

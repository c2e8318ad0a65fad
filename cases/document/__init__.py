"""A case on paper: one PDF with its fields, timeline, dispatches, words and photos."""

"""The edges of Songhua and the wiring between its rooms."""

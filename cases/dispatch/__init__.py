"""A case in a unit's hands: one dispatch for each assignee."""

"""Everything that happened about a case, as one list in order of time."""

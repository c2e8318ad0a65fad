"""Everything near the place of a case as one list, the nearest first."""

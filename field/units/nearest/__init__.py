"""Which units could take a case, the best first, with the reasons."""

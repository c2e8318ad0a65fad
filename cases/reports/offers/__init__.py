"""Reports that are no call are offered to agents who are free, one at a time."""

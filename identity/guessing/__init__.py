"""Protection against guessing of passwords and codes: limits, fair order, detection of attacks."""

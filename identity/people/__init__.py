"""Many people at once: import of a table."""

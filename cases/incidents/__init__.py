"""Mass incidents: one parent case, an announcement to who waits, and the calls that belong to it."""

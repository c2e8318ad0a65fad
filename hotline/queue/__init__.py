"""Who waits in which queue, reduced from signals."""

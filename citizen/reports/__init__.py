"""Reports of every channel: stored once, followed by their reporter, read at the desk, erased in time."""

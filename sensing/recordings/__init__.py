"""What recorders have recorded: found, played in the browser, and kept as a clip of a case."""

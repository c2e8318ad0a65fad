"""The map of the desk: the operator's tiles, and outlines of districts."""

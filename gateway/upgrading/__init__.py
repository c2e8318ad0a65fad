"""An upgrade of the program in steps that are written down, each of which may be repeated."""

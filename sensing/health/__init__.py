"""Whether each camera answers."""

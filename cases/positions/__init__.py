"""Where open cases are, for the map of those who command."""

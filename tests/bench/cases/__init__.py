"""Lists of a million synthetic cases."""

"""CEL lines from Asterisk's own disk, imported exactly once."""

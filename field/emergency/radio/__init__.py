"""The role `radio`'s side of emergency."""

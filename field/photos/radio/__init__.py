"""The role `radio`'s side of photos."""

"""The role `radio`'s side of inspectors."""

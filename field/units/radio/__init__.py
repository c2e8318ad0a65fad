"""The role `radio`'s side of units."""

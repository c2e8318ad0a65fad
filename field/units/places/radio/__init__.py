"""The role `radio`'s side of places."""

"""The role `radio`'s side of texts."""

"""The role `centre`'s side of photos."""

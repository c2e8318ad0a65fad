"""The role `centre`'s side of emergency."""

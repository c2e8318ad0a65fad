"""The role `centre`'s side of texts."""

"""The role `centre`'s side of units."""

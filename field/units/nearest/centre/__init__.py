"""The role `centre`'s side of nearest."""

"""The role `centre`'s side of statuses."""

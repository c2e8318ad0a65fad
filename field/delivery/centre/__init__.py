"""The role `centre`'s side of delivery."""

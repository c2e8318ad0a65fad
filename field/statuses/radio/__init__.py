"""The role `radio`'s side of statuses."""

"""The role `radio`'s side of dispatches."""

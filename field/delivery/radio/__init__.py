"""The role `radio`'s side of delivery."""

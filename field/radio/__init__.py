"""The room of field units in the role `radio`."""

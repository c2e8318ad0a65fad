"""The map's side in the role `centre`."""

"""The role `centre`'s side of crews' WeChat."""

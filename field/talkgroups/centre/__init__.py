"""The role `centre`'s side of talkgroups."""

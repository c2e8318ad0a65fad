"""The role `radio`'s side of talkgroups."""

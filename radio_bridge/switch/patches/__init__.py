"""Patches of talkgroups to telephone calls, in the role `centre`."""

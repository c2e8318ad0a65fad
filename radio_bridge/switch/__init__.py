"""What the switch does for talkgroups: conferences, patches to calls, recording. In the role `centre`."""

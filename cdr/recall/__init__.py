"""What was said in a talkgroup, heard again: its recordings, in which each talk has its span."""

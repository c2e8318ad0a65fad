"""Radio networks: drivers, codecs, floor control, sound, and what the switch does for talkgroups."""

"""Units' pages join the conference of a talkgroup by a single-use ticket (decision 0110)."""

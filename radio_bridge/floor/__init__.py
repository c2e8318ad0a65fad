"""Floor control: who may talk in a talkgroup now, who waits, and what ends it."""

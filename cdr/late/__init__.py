"""Words that nobody wrote down while they were said, transcribed afterwards from the recording."""

"""A Mumble server as a network of push-to-talk apps: one channel of it for each talkgroup."""

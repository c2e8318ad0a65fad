"""Feeds: signing, reading, exactly once, drafts and their pictures."""

"""What each call was about: one disposition for every call."""

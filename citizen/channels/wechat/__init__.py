"""Reports by a WeChat official account: a dialogue of photo, place and words, progress and rating."""

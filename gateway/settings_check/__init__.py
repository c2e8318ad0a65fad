"""`songhua config check`: every mistake in the settings at once, each with key, line and remedy."""

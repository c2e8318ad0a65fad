"""One-time codes by which a terminal fetches its unit's password itself."""

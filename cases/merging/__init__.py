"""Cases that were merged into another one, which goes on for them, and how that is undone."""

"""Recogniser processes: each may die or hang at any time without effect on calls or the server."""

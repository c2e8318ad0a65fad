"""Recogniser processes: each may die or hang at any moment without harm to a call or to the server."""

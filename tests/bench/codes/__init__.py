"""How well case codes are understood that callers say."""

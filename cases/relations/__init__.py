"""How cases are related: by hand, or because one was split from the other."""

"""One process at a time has a role: its lease is a lock that is freed with its holder, however that ends."""

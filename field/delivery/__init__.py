"""How a job is brought to its unit: over which bearers, how far it came by each, and what follows in time."""

"""How the radio networks are, as desks see it."""

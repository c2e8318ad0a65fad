"""Short texts between the centre and a unit, kept, and how far each has come."""

"""Alarms about what was done with rights: they stand on desks until another person has answered them."""

"""Emergencies of units that no dispatcher answers: the supervisors' telephones ring, one after the other."""

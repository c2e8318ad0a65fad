"""Calls that are handed over to the police, the fire brigade and others: in one press, and with what came
of it.
"""

"""Calls and their legs, reduced from signals; keyed by Linkedid and Uniqueid."""

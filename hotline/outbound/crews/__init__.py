"""Calls to crews in the field: a job that no other bearer brought, its recall, a talk with the citizen."""

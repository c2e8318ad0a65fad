"""Calls and legs, computed from CEL rows."""

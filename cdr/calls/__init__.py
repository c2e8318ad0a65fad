"""Calls and legs, derived from CEL rows."""

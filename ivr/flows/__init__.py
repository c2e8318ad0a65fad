"""Flows: their schema, how they are read and checked, and the engine that runs them."""

"""Retention: rules by kind of data, and legal holds, which nothing overrides."""

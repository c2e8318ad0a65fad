"""Supplies the settings that people change."""

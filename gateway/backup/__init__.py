"""Backup and restore of a whole installation: one encrypted archive, read in full before it is trusted."""

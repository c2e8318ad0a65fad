"""Backups in a repository of restic: sent there, listed, fetched. See docs/decisions/0277."""

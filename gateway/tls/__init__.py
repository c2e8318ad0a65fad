"""Certificates: a local authority, what listeners load, and how they follow a renewed one."""

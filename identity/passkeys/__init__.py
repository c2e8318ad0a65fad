"""Passkeys: keys of a device that sign in beside the password, and that no other site can ask for."""

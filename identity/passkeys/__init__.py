"""Passkeys: device keys for signing in beside the password, bound to this site."""

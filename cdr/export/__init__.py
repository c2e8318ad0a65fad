"""Exports one call as a bundle that openssl alone can verify."""

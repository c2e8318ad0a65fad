"""Numbers of malicious callers, listed and lifted while calls go on."""

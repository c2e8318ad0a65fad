"""The sealed account: a way to sign in when no second device and no provider is available."""

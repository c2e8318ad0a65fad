"""A city under steady traffic, for tests that break one part of it and count who suffered."""

"""The register of cameras, and which of them see a place."""

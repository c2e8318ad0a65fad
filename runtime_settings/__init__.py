"""Settings that people change while the service runs: versions, preview, undo."""

"""To whom a released warning goes, by which channels, each once."""

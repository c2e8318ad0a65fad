"""The pages of `docs/`: what is generated in them, and what every page has to keep."""

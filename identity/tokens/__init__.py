"""API tokens: programs act for a person, with fewer rights and for a limited time."""

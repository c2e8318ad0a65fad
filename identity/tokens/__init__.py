"""API tokens: how programs act for a person, with fewer rights than his, for a limited time."""

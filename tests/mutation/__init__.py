"""Mutation testing: how many single-line faults of the product the tests find (docs/mutation.md)."""

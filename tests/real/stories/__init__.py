"""A working day for each role, in a real browser on the whole service. `scripts/soak stories` runs them."""

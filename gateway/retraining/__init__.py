"""Training of the category's classifiers in a process of its own, away from calls and desks."""

"""Runs the tests: in lanes side by side, for a change alone, and once more what was unsteady."""

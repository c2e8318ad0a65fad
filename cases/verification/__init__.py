"""Verification tasks: an inspector looks at the place of a draft or of a done case."""

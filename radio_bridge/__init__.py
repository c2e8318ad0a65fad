"""Field units: who they are, what is sent to them, and what they report."""

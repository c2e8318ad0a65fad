"""Callbacks: citizens whom nobody spoke with are called back, in the order in which they had queued."""

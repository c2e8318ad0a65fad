"""What of cases goes when it is old: verification tasks, 12345's work orders, and their daily comparisons."""

"""Makes the shipped weights, and the calls that an operator's retraining starts from."""

"""One round of training anew: what was told, the new weights, and how they compare with those in force."""

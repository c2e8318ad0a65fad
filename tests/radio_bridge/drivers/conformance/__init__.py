"""What every driver of a network with voice must keep, run against the real network."""

"""One folder for each kind of network that units are reached by."""

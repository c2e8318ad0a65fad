"""Personal data: where it stands and why, how long it is kept, how a person is forgotten or told of it."""

"""When a case may be closed: the standard conditions of each class; the acceptor names the one met."""

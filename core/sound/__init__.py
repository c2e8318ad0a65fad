"""Sound as telephones and strangers bring it; the standard library alone."""

"""Cases that were written on paper while the service was down."""

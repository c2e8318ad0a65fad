"""One call as a bundle that proves itself: what is in it can be checked with openssl alone."""

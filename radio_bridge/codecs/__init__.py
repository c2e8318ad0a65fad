"""What radios send as bits and bytes, one file for each format: pure, both ways, no network.

Whatever comes is an object or `Undecodable`, which says what is wrong at which bit; what cannot be written
is a `ValueError`.
"""

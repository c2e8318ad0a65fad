"""Builds what is shipped: the wheel, Debian packages, and the archive for an installation without a
network.
"""

"""Cameras that register with us by GB/T 28181: the part of the standard that a dispatch centre needs."""

"""A TETRA network by one radio's Peripheral Equipment Interface: AT commands over a serial line or TCP."""

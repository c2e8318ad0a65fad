"""Positions of cameras that move, by receivers that speak NMEA 0183."""

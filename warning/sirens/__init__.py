"""Sirens: a released warning starts the programs of their controllers, by Modbus TCP."""

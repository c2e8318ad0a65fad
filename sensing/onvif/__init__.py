"""Cameras by ONVIF: what they are, where their streams and pictures are, and their presets."""

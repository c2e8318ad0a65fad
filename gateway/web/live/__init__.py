"""The live view: pushes events to every desk."""

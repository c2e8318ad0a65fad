"""The live view: what happens now, pushed to every desk."""

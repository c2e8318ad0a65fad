"""Figures of verification tasks: by inspector and by beat, each with the tasks that it is made of."""

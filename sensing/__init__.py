"""The city's eyes: cameras, what they see, pictures of them on a case, and whether they answer; and what
pictures from above show to have changed.
"""

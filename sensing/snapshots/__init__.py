"""One picture of a camera, stored as a photo of a case."""

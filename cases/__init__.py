"""What a call was about: catalogue, places, drafting from a transcript, the case's life, dispatch."""

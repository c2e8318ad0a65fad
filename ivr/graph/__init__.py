"""A flow as a picture: text, Mermaid, Graphviz."""

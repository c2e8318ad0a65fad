"""Warnings: relayed in and out, and only after people have released them."""

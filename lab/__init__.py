"""The lab makes and judges the data that the product ships: corpora, training, judging, prompts.

It may import the product; the product never imports it, and packages leave it out (`README.md`).
"""

"""How a camera is asked: which address may be, by whom we are known there, and what is read of an answer."""

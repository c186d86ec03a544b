"""Sampling: how many to ask, whom, what the answers say and how far to trust them. Arrays in, arrays and results out."""

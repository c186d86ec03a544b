"""Sampling: how many to ask, whom, what answers say and how far to trust them. Arrays in, arrays and results out."""

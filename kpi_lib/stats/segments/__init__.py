"""Conjunctions of dimension values whose rate, or share of the cases, changed: integer codes in, numbers out."""

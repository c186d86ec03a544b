"""Notebook ``3_baseline``: set, review and watch a baseline that can be defended."""

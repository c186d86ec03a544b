"""Typed models of everything in ``params/``; every problem collected with file and line."""

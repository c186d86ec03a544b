"""Canonical tables: their schema, the sources they come from, their checks and their prepared store."""

"""Notebook ``4_root_cause``: where a KPI lost what it lost, with evidence. Never a proven why."""

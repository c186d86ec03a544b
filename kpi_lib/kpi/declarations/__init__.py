"""One module of KPI declarations per canonical table."""

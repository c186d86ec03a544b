"""After-sales service KPIs: declare, ingest, compute, judge, explain, show."""

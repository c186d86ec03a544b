"""KPI meaning: measures, declarations, the catalogue, clocks, periods, computation and scoring."""

"""How good the search for root causes is: simulated cases with known truth, ours and peers in one run."""

"""Tables of a city's own subsidy on top (D47-4.4.6)."""

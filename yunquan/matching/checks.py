"""Why a step of a city's own subsidy is refused: pure functions of facts, each with its article."""

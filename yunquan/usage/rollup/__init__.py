"""Records held against what was declared: roll-ups by night, figures and verdicts by period (D47-5.13)."""

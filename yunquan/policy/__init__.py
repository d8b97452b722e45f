"""The decrees as dated values and pure judgements."""

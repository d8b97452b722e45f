"""The verbs of the demonstration projects (D858-2.1, D858-2.3)."""

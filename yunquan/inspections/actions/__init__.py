"""The verbs of the inspections, a module a part of the procedure."""

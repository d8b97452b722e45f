"""What an application for a pilot 试点示范 must fulfil (D47-A2); pure functions of the facts gathered by an action."""

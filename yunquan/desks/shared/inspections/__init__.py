"""What the pages of inspections share between the desks."""

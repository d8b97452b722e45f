"""What a demonstration project 标杆示范 and its reports must hold (D858-2.1); pure functions of gathered facts."""

"""标杆示范 as pages: the same for holders, cities, the province and the auditor, each with what it may do."""

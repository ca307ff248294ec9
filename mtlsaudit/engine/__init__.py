"""Rules × subjects → assessments. No clock, no I/O while judging."""

"""What things are: pure, frozen values. No clock, no I/O, no randomness."""

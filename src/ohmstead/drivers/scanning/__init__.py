"""Finding out what stands at an address that somebody named: one question after the other, and nothing is written."""

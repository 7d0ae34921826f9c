"""The pure core: no I/O, no clock, no randomness, no logging. Memory goes in and comes out."""

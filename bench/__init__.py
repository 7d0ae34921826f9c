"""Benchmarks: each measures one promise beside its goal, and beside a peer where one can run here."""

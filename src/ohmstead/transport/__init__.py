"""Byte pipes and the wire libraries behind them. Nothing here knows what a register means."""

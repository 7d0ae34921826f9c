"""Ohmstead: every circuit measured, every car charged on sunshine, the main breaker never tripped.

The rooms of this package, and who may import whom, are drawn in ``docs/architecture.md``.
"""

__version__ = "0.1.0"

"""Putting an installation into service: what can be tested once everything is wired (EV-180, G-022)."""

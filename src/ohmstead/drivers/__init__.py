"""Devices behind ports: what the site may ask of a meter or a board, and the adapters that do it."""

"""One file per resource; each route says who may use it with ``access.needs``."""

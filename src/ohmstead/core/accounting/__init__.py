"""From readings to energy: the site's own counters, and where the power flows. Import from the modules."""

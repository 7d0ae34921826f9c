"""This site in a cluster of chargers: as the master that leads others, or as a slave that is led."""

"""Register maps of EVSE boards that can be bought, without a lease of their own. One file per board."""

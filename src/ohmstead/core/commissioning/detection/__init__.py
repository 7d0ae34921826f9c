"""Which phase each current transformer sits on and which way round, found from what the house does by itself
(G-097)."""

"""Master and slaves of a cluster: which current each may hold at any moment, whatever the links between them do."""

"""What a site or a cloud puts on paper."""

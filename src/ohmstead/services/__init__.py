"""What a site and a cloud both need; strangers to each other."""

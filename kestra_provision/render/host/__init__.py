"""What lands on the host."""

"""What is judged before the first change."""

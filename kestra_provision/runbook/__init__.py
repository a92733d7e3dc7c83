"""What comes after the deploy, step by step: restart, stop, start."""

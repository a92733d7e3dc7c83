"""What there is to know of Docker: its packages, its repository, images in a file."""

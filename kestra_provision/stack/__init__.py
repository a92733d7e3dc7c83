"""What a host's stack is made of, as pure values: paths, files, sizes, limits."""

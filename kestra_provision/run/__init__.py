"""One run of pyinfra: its settings, what it saw and found, how it asks and how it ends."""

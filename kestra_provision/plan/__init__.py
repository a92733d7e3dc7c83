"""What a deploy would do, said before it does it, and a deploy that is held to that."""

"""Is the stack healthy? One judgement of each service, one verdict, and the gate."""

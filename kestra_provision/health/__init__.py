"""Is Kestra healthy? Single questions, one verdict, and the gate that waits for it."""

"""What others take: a Prometheus, say."""

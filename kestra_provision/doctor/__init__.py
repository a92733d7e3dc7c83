"""What troubles a host, each with symptom, cause and fix; nothing in here changes anything."""

"""What on a host is no longer as declared; nothing in here changes anything."""

"""A stand-in for n8n, for tests that have no n8n image: never for running workflows.

Recorded from a real n8n 1.123.81, and replayed by tests/contract: health, the words of a lost
database and of a bad start, owner and login, the shape of rows, the form of the encryption.

A real one also does this, and so does the stand-in:

- Nothing listens before the database has answered once. A start without one exits 1 at once.
- While it migrates, every path answers 200 with a text; readiness is 503 until then.
- Whoever comes first becomes the owner.
- After a run that did not end well the next one waits ten seconds before it does anything:
  STANDIN_CRASH_SECONDS shortens that.
- `config`, which holds the key, is world-readable unless the permissions are enforced.
- A variable wins over its _FILE, even an empty one.
- Another key in front of the same database starts well, and reads no secret.

Not recorded: N8N_GRACEFUL_SHUTDOWN_TIMEOUT with executions that outlast it (STANDIN_STOP_SECONDS
plays them), a database that accepts no connection in time. There is no SQLite: without DB_TYPE, or
with one that is misspelt, n8n takes a file in its data folder, and the stand-in exits 1.
"""

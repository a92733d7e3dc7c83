"""What tasks observe: a shell command and a pure `process(output)` each, one channel a fact."""

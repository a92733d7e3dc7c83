"""How: one stage a file, one function in it, called by `deploy.py` in that order."""

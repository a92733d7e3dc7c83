"""What tasks change: each compares a fact with what is declared and yields commands.

Only where pyinfra's own operation does not fit; every docstring names that gap.
"""

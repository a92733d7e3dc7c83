"""Generated examples are the same in each run, and slow machines are no failures."""

from hypothesis import settings

settings.register_profile("unit", deadline=None, derandomize=True)
settings.load_profile("unit")

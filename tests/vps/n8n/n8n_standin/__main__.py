"""`python3 -m n8n_standin ARGUMENTS`: what `n8n ARGUMENTS` runs."""

import sys

from .commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

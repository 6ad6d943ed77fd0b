"""Run the command line with ``python -m welllog``."""

import sys

from welllog.cli import main

if __name__ == "__main__":
    sys.exit(main())

"""So that `python -m gatehouse.cli` is `gatehouse`."""

import sys

from gatehouse.cli.main import main

sys.exit(main())

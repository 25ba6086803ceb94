"""``python -m dlcourse``, the same as the command ``dlcourse``."""

import sys

from dlcourse.cli import main

sys.exit(main())

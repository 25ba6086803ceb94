"""What the course adds to nbgrader at its documented hooks, for instructors.

Configured in ``nbgrader_config.py``; needs ``pip install -e .[grading]``.
"""

import os
import sys
from pathlib import Path

# nbgrader calls the program `alembic`, which lies beside this Python but is only found
# if the environment was activated.
_programs = str(Path(sys.executable).parent)
if _programs not in os.environ.get("PATH", "").split(os.pathsep):
    os.environ["PATH"] = os.pathsep.join([_programs, os.environ.get("PATH", "")])

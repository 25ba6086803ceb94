"""Reads the environment, and changes it for whoever comes later.

Must hold: the student's is empty, and nobody else's is changed.
"""

# %% first
import os
import subprocess
import sys

print(dict(os.environ))
print(subprocess.run(["env"], capture_output=True, text=True).stdout)
for name in (
    "PYTHONPATH",
    "LD_PRELOAD",
    "PYTHONSTARTUP",
    "DLCOURSE_SEED",
    "IPYTHONDIR",
):
    os.environ[name] = "/box/evil"
sys.argv[:] = ["evil"]
sys.path[:] = ["/box/evil"]


# %% answer standardise
def standardise(X):
    raise ValueError(str(dict(os.environ)))

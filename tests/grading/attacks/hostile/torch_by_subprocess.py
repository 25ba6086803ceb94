"""Has another Python import torch and compute the answer.

Must hold: what a problem forbids is not there for its subprocesses either.
"""
# kernel: standardise

# %% answer standardise
import subprocess
import sys

PROGRAM = """
import json, sys
X = json.load(sys.stdin)
try:
    import torch
    X = torch.tensor(X, dtype=torch.float64)
    print(json.dumps(((X - X.mean(0)) / X.std(0, correction=0)).tolist()))
except ImportError:
    from sklearn.preprocessing import scale
    print(json.dumps(scale(X).tolist()))
"""


def standardise(X):
    import json

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps(X.tolist()),
        capture_output=True,
        text=True,
    )
    return np.array(json.loads(done.stdout))

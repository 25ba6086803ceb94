"""What holds for every test."""

import os

# Printed digits must not depend on the number of cores, and test workers that share
# cores must not start a thread for each of them.
os.environ["OMP_NUM_THREADS"] = "1"

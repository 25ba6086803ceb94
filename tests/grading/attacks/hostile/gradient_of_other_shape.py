"""Answers the request for gradients by itself, with ones that do not fit.

Must hold: a gradient is like its tensor, or refused.
"""

# %% answer loss
import sys

import torch


def logistic_loss(w, X, y):
    frame = sys._getframe()
    while frame and frame.f_code.co_name != "serve":
        frame = frame.f_back
    if frame:
        frame.f_locals["side"]._do_backward = lambda graph, gradient, leaves: [
            torch.zeros(1_000_000) for _ in leaves
        ]
    return torch.nn.functional.binary_cross_entropy_with_logits(X @ w, y)

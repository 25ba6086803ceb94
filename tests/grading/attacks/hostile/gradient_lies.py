"""Returns losses whose gradients are forged, of another shape, or never arrive.

Must hold: gradients are values like others, and come in the test's time.
"""

# %% answer loss
import torch


class Forged(torch.autograd.Function):
    calls = 0

    @staticmethod
    def forward(ctx, w, value):
        return value.clone()

    @staticmethod
    def backward(ctx, gradient):
        import time

        time.sleep(100)


def logistic_loss(w, X, y):
    z = X @ w.detach()
    right = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
    return Forged.apply(w, right)

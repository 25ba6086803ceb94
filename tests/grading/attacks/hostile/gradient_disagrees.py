"""Turns off gradients and grad mode for everybody after it.

Must hold: the trusted side's torch is another one.
"""

# %% answer loss
import torch

torch.set_grad_enabled(False)
torch.set_default_dtype(torch.float16)
torch.manual_seed(0)
torch.Tensor.backward = lambda self: None
torch.Tensor.grad = property(lambda self: torch.zeros(()))


def logistic_loss(w, X, y):
    return torch.nn.functional.binary_cross_entropy_with_logits(X @ w, y)

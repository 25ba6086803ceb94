"""Draw the landing page's picture: points, a network, and what it makes of the points.

``python -m dlcourse.site.landing_picture`` writes
``book/assets/points-through-a-network.svg`` again; a test compares the two.
"""

from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import nn

TARGET = Path(__file__).parents[3] / "book/assets/points-through-a-network.svg"
SEED = 1
BLUE, ORANGE, GREY, NODE = "#2b83c6", "#d9702e", "#8a93a3", "#7a8799"
# Columns of the network that is drawn: x, and the heights of the circles.
COLUMNS = [
    (285, [85, 165]),
    (335, [50, 100, 150, 200]),
    (385, [50, 100, 150, 200]),
    (435, [85, 165]),
    (480, [125]),
]


def half_moons() -> tuple[np.ndarray, np.ndarray]:
    """Return 68 points of shape (68, 2) on two half-moons, and their classes."""
    t = np.linspace(0.1, np.pi - 0.1, 34)
    upper = np.column_stack([np.cos(t), np.sin(t)])
    lower = np.column_stack([1 - np.cos(t), 0.45 - np.sin(t)])
    X = np.vstack([upper, lower]) - [0.5, 0.22]
    X += np.random.default_rng(3).normal(0, 0.05, X.shape)
    return X, np.repeat([0, 1], 34)


def trained(X: np.ndarray, y: np.ndarray, seed: int):
    """Train a 2-4-4-2-1 network until it separates the classes.

    Returns
    -------
    H : array of shape (n, 2)
        What the last hidden layer makes of ``X``.
    w : array of shape (2,)
        The output neuron's weights.
    b : float
        Its bias.
    """
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    double = {"dtype": torch.float64}
    hidden = nn.Sequential(
        nn.Linear(2, 4, **double),
        nn.Tanh(),
        nn.Linear(4, 4, **double),
        nn.Tanh(),
        nn.Linear(4, 2, **double),
    )
    output = nn.Linear(2, 1, **double)
    inputs, labels = torch.as_tensor(X), torch.as_tensor(y)[:, None].double()
    parameters = [*hidden.parameters(), *output.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=0.01, weight_decay=1e-3)
    for _ in range(1500):
        optimizer.zero_grad()
        logits = output(hidden(inputs))
        loss = nn.functional.binary_cross_entropy_with_logits(logits, labels)
        loss.backward()
        optimizer.step()
        if ((logits > 0) == (labels > 0.5)).all() and loss.item() < 0.12:
            break
    else:
        raise RuntimeError(f"Seed {seed} does not separate the classes; take another.")
    with torch.no_grad():
        H = hidden(inputs).numpy()
    return H, output.weight.detach().numpy()[0], output.bias.item()


def place(points: np.ndarray, x: float, y: float, scale: tuple) -> np.ndarray:
    """Move points from mathematical coordinates into the picture, around (x, y)."""
    return np.array([x, y]) + points * [scale[0], -scale[1]]


def dots(points: np.ndarray, y: np.ndarray) -> str:
    """Draw class 0 as circles and class 1 as triangles."""
    circles = "".join(
        f'<circle cx="{u:.1f}" cy="{v:.1f}" r="4"/>' for u, v in points[y == 0]
    )
    triangles = "".join(
        f"M{u:.1f} {v - 4.6:.1f}l4.4 7.8h-8.8z" for u, v in points[y == 1]
    )
    return f'<g fill="{BLUE}">{circles}</g>\n<path fill="{ORANGE}" d="{triangles}"/>'


def network() -> str:
    """Draw the network's lines and circles, and an arrow on either side."""
    lines = "".join(
        f"M{x} {u} {x_next} {v}"
        for (x, here), (x_next, there) in pairwise(COLUMNS)
        for u in here
        for v in there
    )
    colors = [BLUE, NODE, NODE, NODE, ORANGE]
    circles = "\n".join(
        f'<g fill="{color}">'
        + "".join(f'<circle cx="{x}" cy="{y}" r="8.5"/>' for y in heights)
        + "</g>"
        for color, (x, heights) in zip(colors, COLUMNS, strict=True)
    )
    return (
        f'<path d="{lines}" fill="none" stroke="{GREY}" stroke-opacity=".6" '
        'stroke-width="1.3"/>\n'
        f'<path d="M248 125h18m-6-5 6 5-6 5M494 125h18m-6-5 6 5-6 5" fill="none" '
        f'stroke="{GREY}" stroke-width="2" stroke-linecap="round"/>\n{circles}'
    )


def boundary(ends: np.ndarray) -> str:
    """Draw the output neuron's line, dashed."""
    (x1, y1), (x2, y2) = ends
    return (
        f'<path d="M{x1:.1f} {y1:.1f} {x2:.1f} {y2:.1f}" stroke="{GREY}" '
        'stroke-width="2" stroke-dasharray="6 5"/>'
    )


def picture(seed: int = SEED) -> str:
    """Return the whole picture as SVG."""
    X, y = half_moons()
    H, w, b = trained(X, y, seed)
    centre, size = (H.max(0) + H.min(0)) / 2, np.ptp(H, axis=0)
    foot, along = -b * w / (w @ w), np.array([-w[1], w[0]])
    steps = np.linspace(-9, 9, 18001)[:, None]
    line = place((foot + steps * along - centre) / size, 635, 125, (185, 185))
    inside = line[(np.abs(line - [635, 125]) < [111, 106]).all(axis=1)]
    frames = "".join(
        f'<rect x="{x}" y="15" width="230" height="220" rx="14"/>' for x in (10, 520)
    )
    return "\n".join(
        [
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 250" '
            'width="760" height="250">',
            "<!-- Made by dlcourse.site.landing_picture, CC BY 4.0. On the right: what",
            "     the last hidden layer of a trained 2-4-4-2-1 network (tanh, the last",
            "     two layers without) makes of the points on the left. -->",
            f'<g fill="none" stroke="{GREY}" stroke-opacity=".35">{frames}</g>',
            network(),
            boundary(inside[[0, -1]]),
            dots(place(X, 125, 125, (66, 82)), y),
            dots(place((H - centre) / size, 635, 125, (185, 185)), y),
            "</svg>\n",
        ]
    )


if __name__ == "__main__":
    TARGET.write_text(picture(), encoding="utf-8")

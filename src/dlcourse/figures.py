"""The one figure style of the course, and the plots that several lessons share."""

from collections.abc import Callable, Sequence
from importlib.resources import files

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

# Okabe and Ito's palette, safe for colour-blind readers, in the order of use.
BLUE, ORANGE, GREEN = "#0072B2", "#D55E00", "#009E73"
PINK, YELLOW, SKY = "#CC79A7", "#E69F00", "#56B4E9"
GREY = "#666666"

CLASS_COLORS = (BLUE, ORANGE, GREEN, PINK)
CLASS_MARKERS = ("o", "^", "s", "D")


def use_style() -> None:
    """Give every figure of this notebook the course's style, sharp on any screen."""
    plt.style.use(str(files("dlcourse") / "course.mplstyle"))
    if mpl.get_backend().lower().endswith("inline"):
        from matplotlib_inline.backend_inline import set_matplotlib_formats

        set_matplotlib_formats("retina")


def plot_points(
    ax: Axes, X: np.ndarray, y: np.ndarray, labels: Sequence[str] | None = None
) -> None:
    """Scatter two-dimensional samples, each class with a colour and a marker.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    X : array of shape (n, 2)
        The samples.
    y : array of shape (n,)
        Their classes, whole numbers from 0 to 3.
    labels : sequence of str, optional
        One name per class for the legend (drawn by the caller).
    """
    y = np.asarray(y).astype(int)
    for k in np.unique(y):
        ax.scatter(
            X[y == k, 0],
            X[y == k, 1],
            s=42,
            color=CLASS_COLORS[k],
            marker=CLASS_MARKERS[k],
            linewidth=0.6,
            label=labels[k] if labels else None,
            zorder=3,
        )


def plot_regions(
    ax: Axes,
    predict: Callable[[np.ndarray], np.ndarray],
    xlim: tuple[float, float],
    ylim: tuple[float, float],
    steps: int = 200,
) -> None:
    """Shade which class a classifier gives to each point of a plane.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    predict : callable
        Takes points of shape (n, 2), returns classes of shape (n,), whole numbers
        from 0 to 3.
    xlim, ylim : tuple of float
        The rectangle to shade.
    steps : int
        Points per side of the grid that is evaluated.
    """
    u, v = np.meshgrid(np.linspace(*xlim, steps), np.linspace(*ylim, steps))
    classes = np.asarray(predict(np.column_stack([u.ravel(), v.ravel()])))
    classes = classes.reshape(u.shape).astype(int)
    highest = max(int(classes.max()), 1)
    ax.contourf(
        u,
        v,
        classes,
        levels=np.arange(-0.5, highest + 1),
        colors=CLASS_COLORS[: highest + 1],
        alpha=0.16,
    )
    if np.ptp(classes):
        edges = np.arange(0.5, highest)
        ax.contour(u, v, classes, levels=edges, colors=GREY, linewidths=1.4)
    ax.set(xlim=xlim, ylim=ylim)

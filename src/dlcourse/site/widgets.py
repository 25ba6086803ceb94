"""Widgets: an admonition of class ``widget`` gets a picture to play with.

In the source it is an admonition like any other, with two classes::

    :::{admonition} Try it: drag the line
    :class: widget neuron

    What to do, and what there is to see.
    :::

JupyterLab shows its text. On the page a picture stands below the text,
``book/assets/widgets/<name>.svg``, and ``js/widgets/<name>.js`` turns it into the
widget when the page is ready. The scripts are loaded on pages with a widget only, are
classic ones so that they run from a folder too, and take all their words from
:data:`WORDS`.
"""

import html
import json
from itertools import chain

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.locale import get_translation
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

_ = get_translation("dlcourse")
logger = logging.getLogger(__name__)

KIT, STYLE = "js/widgets/kit.js", "css/widgets.css"

# What each widget says. "picture" is the alternative text of its picture. Words in
# braces are filled in by the script.
WORDS = {
    "neuron": {
        "picture": _(
            "A plane with two classes of points, the straight line of a neuron and its "
            "weight vector, an arrow that stands at a right angle on the line"
        ),
        "tip": _("Tip of the weight vector: move it with the arrow keys"),
        "grip": _("The line: move it with the arrow keys"),
        "status": _(
            "z = {z}. The line is {distance} from the origin, along w. Points on the "
            "wrong side: {wrong} of 12."
        ),
        "reset": _("Start again"),
    },
    "activations": {
        "picture": _(
            "Above, the curve of an activation function g with its tangent at z; "
            "below, its derivative. Both are shaded where the derivative is nearly zero"
        ),
        "grip": _("z: move it with the arrow keys"),
        "choice": _("Function"),
        "identity": _("identity"),
        "sigmoid": _("sigmoid"),
        "leaky": _("leaky ReLU"),
        "leak": _("Leaky α"),
        "flatKey": _("saturated"),
        "offKey": _("off: slope 0"),
        "steep": _(
            "{function}: g({z}) = {value}, slope g′({z}) = {slope}; the largest slope "
            "is {largest}. A product of ten such slopes is {ten}."
        ),
        "flat": _(
            "{function}: g({z}) = {value}, slope g′({z}) = {slope}. Saturated: less "
            "than a hundredth of the largest slope, {largest}. A product of ten such "
            "slopes is {ten}."
        ),
        "off": _(
            "{function}: g({z}) = {value}, slope g′({z}) = 0. Off: nothing gets "
            "through. A unit that is off for every sample is dead."
        ),
        "reset": _("Start again"),
    },
    "threshold": {
        "picture": _(
            "Scores of ill people, as triangles, and of healthy people, as circles, "
            "with a threshold; below, the ROC curve with the point of this threshold, "
            "and recall, false positive rate and precision as bars"
        ),
        "grip": _("The threshold: move it with the arrow keys"),
        "calledHealthy": _("called healthy"),
        "calledIll": _("called ill"),
        "tp": _("found, tp"),
        "fn": _("missed, fn"),
        "fp": _("false alarms, fp"),
        "tn": _("cleared, tn"),
        "scale": _("Each ▲ stands for {ill} ill, each ● for {healthy} healthy people."),
        "recall": _("recall"),
        "falseRate": _("false positive rate"),
        "precision": _("precision"),
        "threshold": _("Threshold"),
        "separation": _("Separation"),
        "prevalence": _("Prevalence"),
        "status": _(
            "Of {ill} ill people {tp} are found: recall {recall}. Of {healthy} healthy "
            "people {fp} get a false alarm: false positive rate {falseRate}. Of "
            "{alarms} alarms {tp} are right: precision {precision}. AUC {auc}: in "
            "{won} of 10,000 pairs the ill person has the higher score."
        ),
        "silent": _(
            "Nobody is called ill: all {ill} ill people are missed, and there is no "
            "precision. AUC {auc}: in {won} of 10,000 pairs the ill person has the "
            "higher score."
        ),
        "reset": _("Start again"),
    },
    "graph": {
        "picture": _(
            "A computational graph of f = 3 (p q + max(p, r)): above each edge its "
            "value, below it the gradient; p goes to two gates"
        ),
        "above": _("above: value"),
        "below": _("below: gradient"),
        "step": _("Step {step} of {last}."),
        "start": _(
            "The inputs are known. Next: the forward pass, gate by gate. Say each "
            "number before it appears."
        ),
        "forward": _("Forward: {result}."),
        "output": _("Backward: at the output the gradient is df = 1."),
        "scale": _(
            "Backward, upstream gradient · local derivative. The gate 3· has the local "
            "derivative 3: ds = {s}."
        ),
        "add": _(
            "The plus gate distributes, its local derivatives are 1: dm = {m} and "
            "dk = {k}."
        ),
        "times": _(
            "The times gate swaps, the local derivative at q is p and at p it is q: "
            "dq = {q}, and to the upper branch of p goes {p}."
        ),
        "max": _(
            "The max gate routes, the local derivative is 1 for the larger input and 0 "
            "for the other (at a tie one half each): to the lower branch of p goes "
            "{p}, and dr = {r}."
        ),
        "fork": _(
            "The fork sums. p is used twice, so the gradients of both branches add up: "
            "dp = {p}."
        ),
        "back": _("Back"),
        "next": _("Next"),
        "reset": _("Start again"),
    },
    "convolution": {
        "picture": _(
            "A digit of 8 × 8 pixels with a window of 3 × 3, the map that the kernel "
            "makes of it, and below the window, the kernel, their products and the sum"
        ),
        "image": _("image"),
        "map": _("map"),
        "patch": _("window"),
        "kernel": _("kernel"),
        "products": _("products"),
        "sum": _("sum"),
        "window": _("Window: move it with the arrow keys"),
        "weight": _(
            "Weight in row {row}, column {column}: change it with the arrow keys"
        ),
        "right": _("edge, left to right"),
        "down": _("edge, top to bottom"),
        "blur": _("blur (9 times the mean)"),
        "sharpen": _("sharpen"),
        "own": _("your own"),
        "stride": _("stride"),
        "padding": _("padding"),
        "status": _(
            "Row {row}, column {column} of the map, counted from 0: the products that "
            "are not zero give {sum}. Size of the map: {formula}, so {size}."
        ),
        "run": _("Start"),
        "pause": _("Pause"),
        "step": _("Step"),
        "reset": _("Start again"),
    },
    "overfitting": {
        "picture": _(
            "Above, noisy samples of a curve, the curve and a polynomial fitted to "
            "them; below, for every number of parameters, the error on the samples and "
            "the error on new ones"
        ),
        "truth": _("truth"),
        "fit": _("fit"),
        "training": _("training"),
        "fresh": _("new samples"),
        "noise": _("noise"),
        "parameters": _("parameters p"),
        "error": _("squared error"),
        "status": _(
            "{p} parameters, {n} samples: training error {training}, error on new "
            "samples {fresh}, of which noise {noise}. On new samples p = {best} is "
            "best."
        ),
        "draw": _("New noise"),
        "reset": _("Start again"),
    },
    "descent": {
        "picture": _(
            "A loss of two parameters from above, with contour lines and, at its "
            "minima and saddle points, its value; and the path of gradient descent "
            "from a start, with a dot for each step"
        ),
        "handle": _("Start of the path: move it with the arrow keys"),
        "surface": _("Surface"),
        "wells": _("three wells"),
        "valley": _("valley"),
        "ridge": _("saddle"),
        "rule": _("Rule"),
        "plain": _("gradient descent"),
        "momentum": _("with momentum 0.9"),
        "adam": _("Adam"),
        "run": _("Run"),
        "pause": _("Pause"),
        "step": _("Step"),
        "reset": _("Start again"),
        "status": _("Step {step}: θ = ({place}), J = {loss}, ‖∇J‖ = {slope}."),
        "minimum": _("The path has come to a minimum."),
        "saddle": _("The path rests on a saddle point."),
        "plateau": _("Plateau: the ground is nearly level."),
        "up": _("The last step went up."),
        "down": _("On the way."),
        "diverged": _("It runs away: the learning rate is too large."),
        "border": _("The largest curvature λ here gives 2/λ = {border}."),
        "dashed": _("Dashed: {rule}, from the same start at the same rate."),
    },
    "training": {
        "picture": _(
            "A plane with two classes of points, shaded by what a small network "
            "answers there, and the line between its two answers; the loss against "
            "training steps; below, a small map of every hidden unit over the same "
            "plane"
        ),
        "data": _("Data"),
        "moons": _("half-moons"),
        "spirals": _("two spirals"),
        "xor": _("XOR"),
        "activation": _("Activation"),
        "none": _("none"),
        "layers": _("Hidden layers"),
        "units": _("Units in each"),
        "rate": _("Learning rate"),
        "run": _("Run"),
        "pause": _("Pause"),
        "step": _("Step"),
        "reset": _("Start again"),
        "again": _("New weights"),
        "steps": _("steps"),
        "loss": _("loss"),
        "layer": _("hidden {number}"),
        "status": _(
            "Step {step}: loss {loss}, {right} of 100 points on the right side. The "
            "network has {parameters} weights and biases."
        ),
    },
    "unfold": {
        "picture": _(
            "Left: two crescents of points, circles and triangles, and the curved "
            "border that a network draws between them. Middle: the network, 2-4-4-2-1, "
            "with its weights as lines. Right: the same points as its last hidden "
            "layer sees them; one straight line separates circles from triangles"
        ),
        "status": _(
            "After {steps} steps {right} of {all} points are on their right side."
        ),
        "run": _("Watch it learn"),
        "pause": _("Pause"),
    },
}


# Widgets that call another one's functions: its script is loaded before theirs.
NEEDS = {"unfold": ["training"]}


def scripts_of(name: str) -> list[str]:
    """Return the scripts that a widget needs besides the kit, in their order."""
    return [*NEEDS.get(name, []), name]


class Widget(nodes.General, nodes.Element):
    """The place of a widget. Attribute ``name``: a key of :data:`WORDS`."""


def add_places(app: Sphinx, doctree: nodes.document) -> None:
    """Put a place for the widget below the text of each box of class ``widget``.

    A box that names no widget, or one that there is not, fails a build with ``-W``.
    """
    for box in doctree.findall(nodes.admonition):
        if "widget" not in box["classes"]:
            continue
        names = [name for name in box["classes"] if name in WORDS]
        if len(names) != 1:
            logger.warning(
                "A box of class widget names one of %s; its classes are %s.",
                ", ".join(WORDS),
                " ".join(box["classes"]),
                location=box,
            )
            continue
        box += Widget(name=names[0])


def visit_widget(self: HTML5Translator, node: Widget) -> None:
    """Write the picture, which the script replaces."""
    name = node["name"]
    words = {key: str(text) for key, text in WORDS[name].items()}
    depth = self.builder.get_relative_uri(self.builder.current_docname, "index")
    root = depth.rpartition("/")[0]
    source = f"{root + '/' if root else ''}_static/widgets/{name}.svg"
    self.body.append(
        f'<div class="widget-place" data-widget="{name}" '
        f'data-words="{html.escape(json.dumps(words, ensure_ascii=False))}">'
        f'<img class="widget-still" src="{source}" loading="lazy" '
        f'alt="{self.attval(words["picture"])}"></div>\n'
    )
    raise nodes.SkipNode


def skip(self: nodes.NodeVisitor, node: Widget) -> None:
    """Leave the widget out where nothing moves: its box says what it shows."""
    raise nodes.SkipNode


def add_scripts(app, pagename, templatename, context, doctree) -> None:
    """Load the kit and the widgets of this page."""
    names = {node["name"] for node in doctree.findall(Widget)} if doctree else set()
    if names:
        app.add_css_file(STYLE)
        app.add_js_file(KIT, priority=600)
    for name in dict.fromkeys(chain.from_iterable(map(scripts_of, sorted(names)))):
        app.add_js_file(f"js/widgets/{name}.js", priority=601)


def setup(app: Sphinx) -> dict:
    """Connect everything (called by Sphinx)."""
    others = dict.fromkeys(("latex", "text", "man", "texinfo"), (skip, None))
    app.add_node(Widget, html=(visit_widget, None), **others)
    app.connect("doctree-read", add_places)
    app.connect("html-page-context", add_scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

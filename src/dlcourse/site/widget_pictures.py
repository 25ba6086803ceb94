"""Draw the pictures that stand for the widgets where scripts are off.

``python -m dlcourse.site.widget_pictures [FOLDER]`` starts each widget in Chromium and
writes its picture, as it looks at the start, to ``book/assets/widgets/`` (or FOLDER).
The picture is drawn by the widget alone, so the two cannot differ; a test draws them
again and compares. The card that is shown where somebody shares a page,
``book/assets/social-card.png``, is made of the front page's picture.
"""

import json
import re
import sys
from pathlib import Path

from . import chromium
from .metadata import PICTURE, PICTURE_SIZE
from .widgets import WORDS, scripts_of

ASSETS = Path(__file__).resolve().parents[3] / "book" / "assets"
COLOURS = re.compile(r"--w-[\w-]+: #[0-9a-f]+;")


def style() -> str:
    """Take the rules of drawing, and the colours of light and dark, from the CSS."""
    css = (ASSETS / "css" / "widgets.css").read_text("utf-8")
    light, dark = (
        " ".join(COLOURS.findall(line))
        for line in css.splitlines()
        if "--w-blue: #" in line
    )
    rules = css.partition("/* drawing */\n")[2].partition("/* end of drawing */")[0]
    in_the_dark = f"@media (prefers-color-scheme: dark) {{ svg {{ {dark} }} }}"
    return f"svg {{ {light} }}\n{in_the_dark}\n{rules}"


DRAW = """
([name, words, style]) => {
  const root = document.createElement("div");
  course.widgets[name].start(root, words, course.kit);
  const picture = root.querySelector("svg.widget-picture");
  for (const node of picture.querySelectorAll("*")) {
    for (const name of ["tabindex", "role", "aria-label", "aria-hidden"]) {
      node.removeAttribute(name);
    }
  }
  const [, , width, height] = picture.getAttribute("viewBox").split(" ");
  picture.setAttribute("width", width);
  picture.setAttribute("height", height);
  picture.removeAttribute("role");
  picture.removeAttribute("aria-label");
  const rules = document.createElementNS("http://www.w3.org/2000/svg", "style");
  rules.textContent = style;
  picture.prepend(rules);
  return new XMLSerializer().serializeToString(picture);
}
"""


def draw(name: str, browser) -> str:
    """Start a widget on an empty page and return its picture as SVG.

    Parameters
    ----------
    name : str
        A key of :data:`~dlcourse.site.widgets.WORDS`.
    browser : playwright.sync_api.Browser
        A running browser.
    """
    scripts = ASSETS / "js" / "widgets"
    page = browser.new_page()
    try:
        for script in ("kit", *scripts_of(name)):
            page.add_script_tag(path=scripts / f"{script}.js")
        words = json.loads(json.dumps({k: str(v) for k, v in WORDS[name].items()}))
        return page.evaluate(DRAW, [name, words, style()]) + "\n"
    finally:
        page.close()


CARD = """<!doctype html><html lang="en"><meta charset="utf-8"><style>
body {{ margin: 0; width: 1200px; height: 630px; display: flex; flex-direction: column;
  justify-content: center; gap: 52px; background: #fff; color: #1f2530;
  font-family: system-ui, "Noto Sans", "DejaVu Sans", sans-serif; }}
svg {{ width: 980px; height: auto; margin: 0 auto; }}
p {{ margin: 0 110px; font-size: 47px; font-weight: 700; letter-spacing: -.02em; }}
small {{ display: block; margin-top: 12px; font-size: 27px; font-weight: 400;
  letter-spacing: 0; color: #556074; }}
</style><p>{title}<small>{what}</small></p>{picture}</html>"""


def draw_card(picture: str, target: Path, browser) -> None:
    """Write the course's card, a PNG file.

    Parameters
    ----------
    picture : str
        The SVG in its middle.
    target : Path
        The file to write.
    browser : playwright.sync_api.Browser
        A running browser.
    """
    width, height = PICTURE_SIZE
    page = browser.new_page(viewport={"width": width, "height": height})
    try:
        page.set_content(
            CARD.format(
                title="Deep Learning: Principles and Practice",
                what="A free course of notebooks that run and exercises that grade "
                "themselves",
                picture=picture,
            )
        )
        page.screenshot(path=target)
    finally:
        page.close()


def main(folder: Path) -> None:
    """Write the pictures of all widgets, and the card beside their folder."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        for name in WORDS:
            (folder / f"{name}.svg").write_text(draw(name, browser), "utf-8")
        picture = (folder / "unfold.svg").read_text("utf-8")
        draw_card(picture, folder.parent / Path(PICTURE).name, browser)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else ASSETS / "widgets")

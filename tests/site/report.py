"""Print what the pages cost: ``make site-report`` or, for all, with ``--pages``."""

import argparse
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser import Browser, served
from tests.site import budgets
from tests.site.conftest import ROOT, pages_of_toc

FIGURES = {  # unit, and how a figure is written in it
    "script": ("script, KB", lambda bytes: f"{bytes / 1000:.1f}"),
    "all": ("all but figures, KB", lambda bytes: f"{bytes / 1000:.1f}"),
    "shift": ("layout shift", lambda shift: f"{shift:.3f}"),
}


def table(head: list[str], rows: list[list[str]]) -> None:
    """Print rows in columns."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, ["-" * width for width in widths], *rows):
        print("  ".join(map(str.ljust, row, widths)).rstrip())
    print()


def verdict(good: bool) -> str:
    """Say it in a word."""
    return "pass" if good else "FAIL"


def measure_pages(address: str) -> dict[str, budgets.Page]:
    """Look at every page."""
    names = [*pages_of_toc(), "search"]
    pages = {}
    with sync_playwright() as playwright:
        browser = Browser(playwright)
        for number, name in enumerate(names, start=1):
            print(f"\r{number}/{len(names)} {name:70.70}", end="", file=sys.stderr)
            pages[name] = budgets.measure(browser, address, name)
            browser.close_pages()
        print("\r", " " * 80, file=sys.stderr)
        browser.chromium.close()
    return pages


def report_pages(pages: dict[str, budgets.Page], each: bool) -> bool:
    """Print the worst page of each budget, and on wish every page."""
    rows = []
    for name, limit in budgets.LIMITS.items():
        title, write = FIGURES[name]
        worst = max(pages, key=lambda page: getattr(pages[page], name))
        figure = getattr(pages[worst], name)
        good = figure <= limit
        rows.append([title, write(figure), write(limit), verdict(good), worst])
    for kind in next(iter(pages.values())).faults:
        worst = max(pages, key=lambda page: len(pages[page].faults[kind]))
        count = sum(len(page.faults[kind]) for page in pages.values())
        rows.append([kind, str(count), "0", verdict(not count), worst if count else ""])
    table(["budget", "figure", "limit", "", f"worst of {len(pages)} pages"], rows)
    if each:
        head = ["page", *(title for title, _ in FIGURES.values()), "faults"]
        table(
            head,
            [
                [
                    name,
                    *(write(getattr(page, key)) for key, (_, write) in FIGURES.items()),
                    str(sum(map(len, page.faults.values()))),
                ]
                for name, page in pages.items()
            ],
        )
    breaches = [f"{name}: {x}" for name, page in pages.items() for x in page.breaches()]
    print(*breaches, sep="\n")
    return not breaches


def report_lighthouse(address: str) -> bool:
    """Print Lighthouse's scores; its figure for speed depends on the machine."""
    looks = budgets.lighthouse(address, *budgets.GATED, "performance")
    good = {
        kind: all(look.scores[category] == 100 for category in budgets.GATED)
        for kind, look in looks.items()
    }
    table(
        ["Lighthouse, phone", *budgets.GATED, "", "performance, not gated"],
        [
            [
                kind,
                *(str(look.scores[category]) for category in budgets.GATED),
                verdict(good[kind]),
                str(look.scores["performance"]),
            ]
            for kind, look in looks.items()
        ],
    )
    for kind, look in looks.items():
        print(*(f"{kind}: {fault}" for fault in look.faults), sep="\n", end="")
    return all(good.values())


def report_markup(html: Path) -> bool:
    """Print what the validator finds, and what is known to remain."""
    found = budgets.invalid_markup(html)
    new = {key: found[key] for key in found.keys() - budgets.REMAINS.keys()}
    rows = [["what is ours", str(len(new)), "0", verdict(not new), ""]]
    for (page, rule), whose in budgets.REMAINS.items():
        there = (page, rule) in found
        note = "remains" if there else "FAIL: gone, take it out of REMAINS"
        rows.append([f"{rule} on {page}", str(int(there)), "", note, whose])
    table(["HTML", "found", "limit", "", "whose"], rows)
    for (page, rule), texts in new.items():
        print(f"{page}: {rule}: {texts[0]} ({len(texts)} times)")
    return not new and budgets.REMAINS.keys() <= found.keys()


def main() -> int:
    """Print all; the exit status is 1 if a budget is broken."""
    parser = argparse.ArgumentParser(prog="make site-report", description=__doc__)
    parser.add_argument("--pages", action="store_true", help="print every page")
    parser.add_argument(
        "--html", type=Path, default=ROOT / "_build" / "html", help="the built site"
    )
    options = parser.parse_args()
    if not (options.html / "search.html").is_file():
        parser.error(f"{options.html} holds no built site: `make book` builds it")
    with served(options.html, late=budgets.LATE) as late, served(options.html) as site:
        good = [report_pages(measure_pages(late), options.pages)]
        good.append(report_lighthouse(site))
        good.append(report_markup(options.html))
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())

"""A Content-Security-Policy on every page: nothing from elsewhere may run or load.

The policy stands in the page itself (``<meta http-equiv>``), since a static host lets
nobody set headers. Scripts come from the site; the few that the theme writes into a
page are named by the hash of their text, so that no other can be slipped in. Styles may
stand in the page: formulas place their parts so.

``content_security_policy`` (default: True) turns it off, for ``make serve``, whose
server writes a script of its own into each page.
"""

import base64
import hashlib
import re
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

# Scripts without an address, but for data (JSON-LD), which is not run.
INLINE_SCRIPT = re.compile(
    r"<script(?![^>]*\bsrc=)(?![^>]*\bjson\b)[^>]*>(.*?)</script>", re.S
)
HANDLER = re.compile(r"<[a-z][^>]*?\s(on[a-z]+)=[\"']", re.I)
CHARSET = '<meta charset="utf-8" />'


def policy_of(page: str) -> str:
    """Return the policy for a page.

    Parameters
    ----------
    page : str
        The page's HTML.

    Returns
    -------
    str
        The value of a ``Content-Security-Policy`` header.
    """
    hashes = sorted(
        {
            base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
            for text in INLINE_SCRIPT.findall(page)
        }
    )
    scripts = " ".join(["'self'", *(f"'sha256-{value}'" for value in hashes)])
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {scripts}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
        ]
    )


def add_policy(page: str) -> str:
    """Return a page with its policy, the first thing after the character set.

    Raises
    ------
    ValueError
        If the page does not name its character set, or has a script in an attribute,
        which the policy would forbid.
    """
    if handler := HANDLER.search(page):
        raise ValueError(f"a script in the attribute {handler[1]}: {handler[0][:80]}")
    if CHARSET not in page:
        raise ValueError(f"no {CHARSET}")
    tag = f'<meta http-equiv="Content-Security-Policy" content="{policy_of(page)}" />'
    return page.replace(CHARSET, f"{CHARSET}\n    {tag}", 1)


def add_policies(app: Sphinx, exception: Exception | None) -> None:
    """Give each page that was written in this build its policy."""
    wanted = app.config.content_security_policy
    if exception is not None or app.builder.format != "html" or not wanted:
        return
    for path in Path(app.outdir).rglob("*.html"):
        page = path.read_text("utf-8")
        if "Content-Security-Policy" in page or "_static" in path.parts:
            continue  # not written anew, or no page
        try:
            path.write_text(add_policy(page), "utf-8")
        except ValueError as error:
            raise ExtensionError(f"{path}: {error}") from error


def setup(app: Sphinx) -> dict:
    """Connect everything (called by Sphinx)."""
    app.add_config_value("content_security_policy", True, "html", bool)
    app.connect("build-finished", add_policies, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

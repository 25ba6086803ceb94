"""The search finds a Greek letter by its sign as well: η as eta, which formulas say.

Sphinx puts the words of text, code and formulas into its index; in a formula the word
is the letter's name, as LaTeX has it. Here the sign is put beside it.
"""

from sphinx.application import Sphinx
from sphinx.search.en import SearchEnglish

GREEK = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "epsilon": "ε",
    "varepsilon": "ε",
    "zeta": "ζ",
    "eta": "η",
    "theta": "θ",
    "kappa": "κ",
    "lambda": "λ",
    "mu": "μ",
    "nu": "ν",
    "xi": "ξ",
    "pi": "π",
    "rho": "ρ",
    "sigma": "σ",
    "tau": "τ",
    "phi": "φ",
    "varphi": "φ",
    "chi": "χ",
    "psi": "ψ",
    "omega": "ω",
}


class SearchWithGreek(SearchEnglish):
    """The words of a page, with the signs of the Greek letters that it names."""

    def split(self, input: str) -> list[str]:
        """Return the words of a text."""
        words = super().split(input)
        return words + [GREEK[word] for word in words if word in GREEK]


def setup(app: Sphinx) -> dict:
    """Take the place of the search for English (called by Sphinx)."""
    app.add_search_language(SearchWithGreek)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""The course's own Sphinx extensions, loaded by name in ``_config.yml``.

- :mod:`dlcourse.site.glossary`: the first use of a term leads to its definition
- :mod:`dlcourse.site.katex`: formulas become HTML while the site is built
- :mod:`dlcourse.site.markup`: markup of others, put right where it is at fault
- :mod:`dlcourse.site.quiz`: the ``{quiz}`` directive
- :mod:`dlcourse.site.pages`: what every page is served with, and what it is not
"""

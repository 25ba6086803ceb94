"""Sphinx extensions of the course's site, and what else makes it.

In the build, in alphabetical order:

- :mod:`dlcourse.site.glossary`: the first use of a term leads to its definition
- :mod:`dlcourse.site.katex`: formulas become HTML while the site is built
- :mod:`dlcourse.site.markup`: markup of others, put right where it is at fault
- :mod:`dlcourse.site.metadata`: what a page says about itself to others
- :mod:`dlcourse.site.pages`: what every page is served with, and what it is not
- :mod:`dlcourse.site.policy`: no script but the site's own runs
- :mod:`dlcourse.site.progress`: readers mark lessons as read
- :mod:`dlcourse.site.quiz`: questions to answer on the page
- :mod:`dlcourse.site.search`: Greek letters are found by name and by sign
- :mod:`dlcourse.site.take_away`: a chapter's exercises in one file
- :mod:`dlcourse.site.widgets`: pictures to play with

Beside it: :mod:`~dlcourse.site.widget_pictures` draws the pictures that stand for the
widgets, :mod:`~dlcourse.site.pdf` prints the book, and :mod:`~dlcourse.site.offline`
packs the site into one file.
"""

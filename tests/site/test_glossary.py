"""A page's first use of a glossary term leads to its definition; nothing else does."""

import re

import pytest
import yaml

from .conftest import build

PAGES = {
    "index": "# A small book\n\nNothing to see.\n",
    "lesson": """\
# A neuron has a loss

The neuron comes first; a second neuron is no link. Neurons of `code neuron` neither.

The [loss in a link](index.md) and $loss$ are left alone, the losses here are not.
Stochastic gradient descent, or SGD for short, is one term. An sgd is none.

A kernel is ambiguous. A pre-activation is a term of its own, activation another.
The subloss is no loss-like word.

::::{admonition} Question
:class: quiz

What is random about stochastic gradient descent?

1. The sample.
2. A neuron.

:::{dropdown} Answers and why
1. ✓ It is drawn.
2. ✗ A neuron is given.
:::
::::
""",
    "words": """\
# Words

```{glossary}
neuron
神经元
  A small function, with a loss. See [Lesson](lesson.md).

loss
损失
  A number.

stochastic gradient descent
SGD
随机梯度下降
  A method.

pre-activation
预激活
  A sum.

activation
激活
  An output.

kernel
核
  Many things.
```
""",
}


@pytest.fixture(scope="module")
def built(make_book, tmp_path_factory):
    source = make_book(PAGES)
    config = yaml.safe_load((source / "_config.yml").read_text("utf-8"))
    config["sphinx"]["config"]["glossary_pages"] = "book/lesson"
    config["sphinx"]["config"]["glossary_ambiguous"] = ["kernel"]
    (source / "_config.yml").write_text(yaml.safe_dump(config), "utf-8")
    done = build(source, tmp_path_factory.mktemp("glossary"))
    assert done.status == 0, done.output[-3000:]
    return done.folder / "html" / "book"


def links(page):
    """List anchor and text of the links to terms, in the order of the page."""
    return re.findall(
        r'<a class="term[^"]*"[^>]* href="words\.html#([^"]*)"[^>]*>([^<]*)</a>',
        page.read_text("utf-8"),
    )


def test_the_first_use_of_each_term_is_a_link(built):
    assert links(built / "lesson.html") == [
        ("term-neuron", "neuron"),
        ("term-loss", "losses"),
        ("term-stochastic-gradient-descent", "Stochastic gradient descent"),
        ("term-pre-activation", "pre-activation"),
        ("term-activation", "activation"),
    ]


def test_the_anchors_are_there(built):
    words = (built / "words.html").read_text("utf-8")
    for anchor, _ in links(built / "lesson.html"):
        assert f'id="{anchor}"' in words


def test_pages_that_are_not_asked_for_have_no_links(built):
    assert not links(built / "words.html") and not links(built / "index.html")

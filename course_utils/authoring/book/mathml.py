"""Formulas as MathML, made when the book is built: a Sphinx extension.

A browser sets MathML by itself, so a page needs neither JavaScript nor another
host's fonts for its formulas.
"""

from docutils import nodes
from docutils.utils.math import MathError, latex2mathml
from sphinx.application import Sphinx
from sphinx.util import logging

# docutils reads the commands; the chapters write the signs, as MathJax may.
_COMMANDS = str.maketrans(
    {
        "·": r"\cdot ",
        "×": r"\times ",
        "−": "-",
        "≈": r"\approx ",
        "≠": r"\ne ",
        "≤": r"\le ",
        "≥": r"\ge ",
        "←": r"\leftarrow ",
        "→": r"\rightarrow ",
        "…": r"\ldots ",
        "∂": r"\partial ",
    }
)


def mathml(formula: str, block: bool) -> str:
    """Return a formula as a ``<math>`` element.

    Parameters
    ----------
    formula : str
        In LaTeX, without dollar signs.
    block : bool
        Whether it stands by itself on a line.

    Raises
    ------
    docutils.utils.math.MathError
        If it cannot be read.
    """
    return latex2mathml.tex2mathml(formula.translate(_COMMANDS), as_block=block)


def _visit_inline(translator, node: nodes.math) -> None:
    _write(translator, node, False)


def _visit_block(translator, node: nodes.math_block) -> None:
    # A wide formula scrolls by itself, and with the keyboard too.
    translator.body.append(
        '<div class="math-block" tabindex="0" role="group" aria-label="Formula">'
    )
    _write(translator, node, True)


def _write(translator, node, block: bool) -> None:
    formula = node.astext()
    try:
        translator.body.append(mathml(formula, block))
    except MathError as error:
        logging.getLogger(__name__).warning(
            "The formula %r cannot be set: %s", formula, error, location=node
        )
    if block:
        translator.body.append("</div>")
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict:
    """Register the renderer under the name ``mathml``."""
    app.add_html_math_renderer("mathml", (_visit_inline, None), (_visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}

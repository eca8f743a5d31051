"""Sphinx's settings for the book; :mod:`course_utils.authoring.book` calls it."""

project = "An interactive introduction to deep learning"
html_title = "Deep learning"
language = "en"

extensions = [
    "myst_nb",
    "course_utils.authoring.book.glossary",
    "course_utils.authoring.book.mathml",
]

nb_execution_mode = "off"  # they come executed
nb_ipywidgets_js = {}  # nothing from another host; still pictures stand in
nb_merge_streams = True
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4
myst_heading_slug_func = "course_utils.authoring.book.pages.slug"
myst_links_external_new_tab = False
smartquotes = False

html_theme = "furo"
html_theme_options = {
    "light_css_variables": {
        "color-brand-primary": "#0b5a94",
        "color-brand-content": "#0b5a94",
    },
    "dark_css_variables": {
        "color-brand-primary": "#7cc0f5",
        "color-brand-content": "#7cc0f5",
    },
    "top_of_page_buttons": [],
}
html_logo = "static/logo.svg"
html_favicon = "static/logo.svg"
html_math_renderer = "mathml"
html_static_path = ["static"]
html_css_files = ["book.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_show_sphinx = False
html_use_index = False
html_permalinks_icon = "#"
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"


def setup(app):
    """Mend what the theme's list of chapters lacks; after the theme has made it."""
    app.connect("html-page-context", _with_levels, priority=900)


def _with_levels(app, pagename, templatename, context, doctree):
    """Say of the captions of the list, which are headings, of which level."""
    tree = context.get("furo_navigation_tree", "")
    levelled = tree.replace('role="heading"', 'role="heading" aria-level="2"')
    context["furo_navigation_tree"] = levelled

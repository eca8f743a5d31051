"""The book as its readers open it: from a folder, in a real browser.

It is made from the notebooks that other tests have run before. Without those,
chapter 02 is executed here, and the other pages show no outputs.
"""

import shutil
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest

from course_utils.authoring import book, notebooks
from course_utils.authoring.book import execute, glossary
from course_utils.authoring.book.pages import address
from course_utils.chapters import PROJECT, chapter
from course_utils.setup import launch
from tests.browser.bench import serious

EXECUTED = chapter("02")
FORMULAS = chapter("07")
LARGEST_PAGE = 1_500_000
READERS_PAGES = ("index", EXECUTED.name, FORMULAS.name)
WIDGET = "application/vnd.jupyter.widget-view+json"
NARROW = {"width": 390, "height": 800}


class Page(HTMLParser):
    """What one HTML file links to, loads, and can be linked to."""

    def __init__(self, path):
        super().__init__()
        self.links, self.loaded, self.images, self.ids = [], [], [], set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.ids |= {found["id"]} if "id" in found else set()
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        elif tag == "img":
            self.images.append(found)
        if tag in ("img", "script", "iframe", "video") and "src" in found:
            self.loaded.append(found["src"])
        if tag == "link" and found.get("rel") in ("stylesheet", "icon", "preload"):
            self.loaded.append(found["href"])


pytestmark = pytest.mark.timeout(900)  # for what builds the book


@pytest.fixture(scope="module")
def run_here():
    """Chapter 02 with its outputs."""
    before = run_before(EXECUTED)
    if before is not None:
        return before
    built = notebooks.build(EXECUTED)
    return execute.run(built, EXECUTED.name, execute.environment(None))


@pytest.fixture(scope="module")
def folder(run_here, tmp_path_factory):
    target = tmp_path_factory.mktemp("site") / "Das Büch"
    found = {
        each.name: run_before(each) or notebooks.build(each) for each in book.PAGES
    }
    book.build(found | {EXECUTED.name: run_here}, target)
    kept = PROJECT / "artefacts" / "book-test"
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(target, kept)  # for people to look at
    return target


def run_before(page):
    """Return the notebook as a test has executed it; None if none has."""
    current = notebooks.build(page).metadata.course.digest
    for variant in ("untouched", "solved"):
        path = PROJECT / "artefacts" / "executed" / f"{page.name}.{variant}.ipynb"
        if path.is_file():
            executed = nbformat.read(path, as_version=4)
            if executed.metadata.course.digest == current:
                return executed
    return None


@pytest.fixture(scope="module")
def pages(folder):
    """Every page of the book by its path in it."""
    found = {p.relative_to(folder).as_posix(): Page(p) for p in folder.rglob("*.html")}
    assert len(found) == len(book.PAGES) + 2  # the first page, and the search
    return found


@pytest.fixture
def reader(browser, folder):
    """Opens pages of the book; ``settings`` are those of a browser's context."""
    contexts = []

    def opened(name, **settings):
        contexts.append(browser.new_context(**settings))
        page = contexts[-1].new_page()
        page.set_default_timeout(20_000)
        page.goto((folder / f"{name}.html").as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()


# What is in the files.


def test_every_link_within_the_book_leads_somewhere(pages):
    lost = [
        f"{name}: {link}"
        for name, page in pages.items()
        for link in page.links
        if (place := inside(name, link))
        and (place[0] not in pages or place[1] not in {"", *pages[place[0]].ids})
    ]
    assert lost == []
    assert sum(len(page.links) for page in pages.values()) > 500


def inside(name, link):
    """Return page and anchor of a link within the book; None for one outside."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    path = Path(name).parent / unquote(parts.path) if parts.path else Path(name)
    page = Path("/", path).resolve().relative_to("/").as_posix()
    return page, unquote(parts.fragment)


def test_everything_that_a_page_loads_lies_in_the_book(pages, folder):
    for name, page in pages.items():
        assert page.loaded
        for source in page.loaded:
            parts = urlsplit(source)
            assert parts.scheme + parts.netloc == "", f"{name} loads {source}"
            assert (folder / name).parent.joinpath(unquote(parts.path)).is_file()


def test_every_figure_of_a_notebook_is_in_its_page_and_has_a_text(pages, run_here):
    shown = [
        output
        for cell in run_here.cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    figures = [
        i for i in pages[f"{EXECUTED.name}.html"].images if "_images" in i["src"]
    ]
    assert len(figures) == len(shown) > 8
    for page in pages.values():
        assert all("alt" in image for image in page.images)
        assert all(i["alt"] for i in page.images if "_images" in i["src"])


def test_an_interactive_piece_stands_still_with_its_description(folder, run_here):
    text = (folder / f"{EXECUTED.name}.html").read_text(encoding="utf-8")
    outputs = [o for cell in run_here.cells for o in cell.get("outputs", [])]
    pieces = [o["data"] for o in outputs if WIDGET in o.get("data", {})]
    assert text.count('class="still"') == len(pieces) > 2
    assert all(escape(each["text/plain"]) in text for each in pieces)
    assert "jupyter.widget" not in text
    assert "require.min.js" not in text


def test_no_page_is_large_without_its_figures(folder):
    shared = sum(
        path.stat().st_size
        for path in (folder / "_static").rglob("*")
        if path.suffix in (".css", ".js", ".svg")
    )
    for path in folder.rglob("*.html"):
        assert shared + path.stat().st_size < LARGEST_PAGE, path.name


def test_a_page_has_a_box_for_each_exercise_and_nothing_meant_for_others(folder):
    for each in book.PAGES:
        text = (folder / f"{address(each)}.html").read_text(encoding="utf-8")
        stubs = notebooks.stubs(notebooks.build(each))
        assert text.count('<div class="exercise">') == len(stubs), each.name
    others = ("Not attempted yet", "NBVAL_CHECK_OUTPUT", "ModuleNotFoundError: ")
    for path in folder.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not [words for words in others if words in text], path.name


# What a reader sees and does.


@pytest.mark.parametrize(
    ("name", "scheme"),
    [
        ("index", "light"),
        ("index", "dark"),
        (EXECUTED.name, "light"),
        (chapter("00").name, "dark"),  # the shortest: a long one takes minutes
    ],
)
def test_axe_finds_nothing_serious(reader, name, scheme):
    page = reader(name, color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert serious(page) == []


@pytest.mark.parametrize("name", READERS_PAGES)
def test_a_narrow_window_scrolls_in_one_direction_only(reader, name):
    page = reader(name, viewport=NARROW)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]


def test_a_page_opens_without_a_word_on_the_console_or_a_request_elsewhere(reader):
    page = reader("index")
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(page.url.replace("index", EXECUTED.name))
    missing = page.evaluate(
        "[...document.images].filter(i => !i.naturalWidth).map(i => i.src)"
    )
    assert missing == []
    assert said == []
    assert asked
    assert all(url.startswith(("file:", "data:")) for url in asked)


def test_without_javascript_hints_and_solutions_unfold(reader):
    page = reader(EXECUTED.name, java_script_enabled=False)
    box = page.locator(".exercise", has_text="ReLU: negatives become 0")
    hint, solution = box.locator("details").first, box.locator("details").last
    assert solution.locator("pre").is_visible() is False
    solution.locator("summary").click()
    reference = EXECUTED.exercises()["relu"].solution_source
    assert solution.locator("pre").inner_text().strip() == reference
    assert hint.locator("p").is_visible() is False
    hint.locator("summary").click()
    assert hint.locator("p").inner_text() == EXECUTED.exercises()["relu"].hints[0]


def test_without_javascript_formulas_are_set(reader):
    page = reader(FORMULAS.name, java_script_enabled=False)
    heights = page.locator(".math-block > math").evaluate_all(
        "all => all.map(each => each.getBoundingClientRect().height)"
    )
    assert len(heights) > 5
    assert all(height > 15 for height in heights)
    assert "\\frac" not in page.locator("article").inner_text()
    (cases,) = page.locator("mtable.cases").all()
    assert cases.locator("mtr").count() == 2


def test_a_term_shows_its_definition_to_mouse_and_keyboard(reader):
    page = reader(EXECUTED.name)
    term = page.locator("a.term", has_text="neural network").first
    shown = "e => getComputedStyle(e, '::after').content"
    assert term.evaluate(shown) == "none"
    (entry,) = [t for t in glossary.terms() if t.anchor == "neural-network"]
    term.hover()
    assert entry.definition in term.evaluate(shown)
    page.mouse.move(0, 0)
    assert term.evaluate(shown) == "none"
    page.keyboard.press("Tab")  # from here on the keyboard is what is used
    term.focus()
    assert entry.definition in term.evaluate(shown)
    term.press("Enter")
    page.wait_for_url(f"**/{glossary.HOME.name}.html#neural-network")


def test_the_search_finds_a_chapter(reader):
    page = reader("index")
    page.get_by_role("searchbox").or_(page.get_by_placeholder("Search")).first.fill(
        "Jacobian"
    )
    page.keyboard.press("Enter")
    page.locator("#search-results a", has_text=FORMULAS.title).first.click()
    assert f"{FORMULAS.name}.html" in page.url


def test_dark_and_light_are_the_readers_choice_and_the_next_page_keeps_it(reader):
    page = reader(EXECUTED.name, color_scheme="light")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    switch = page.locator(".theme-toggle:visible").first
    for _ in range(3):
        if page.evaluate("document.body.dataset.theme") != "dark":
            switch.click()
    dark = page.evaluate(ground)
    assert dark != light
    page.locator("a.next-page").click()
    page.wait_for_url(f"**/{chapter('03').name}.html")  # and until it is loaded
    assert page.evaluate(ground) == dark
    page.locator("a.prev-page").click()
    page.wait_for_url(f"**/{EXECUTED.name}.html")


@pytest.mark.parametrize("place", ["Binder", "Colab"])
def test_a_chapter_opens_elsewhere_at_the_declared_address(reader, place):
    page = reader(EXECUTED.name)
    link = page.locator("a.launch", has_text=place).get_attribute("href")
    make = {"Binder": launch.binder, "Colab": launch.colab}[place]
    assert link == make(EXECUTED, launch.repository(), launch.TAG)

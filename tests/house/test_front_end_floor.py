"""The front end stays on its floor: Chromium 86, no inline code, real icons, addresses, words."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.urls import get_resolver
from django.urls.resolvers import URLResolver

ROOT = Path(__file__).resolve().parents[2]
CSS = sorted((ROOT / "static/css").glob("*.css"))
SCRIPTS = sorted((ROOT / "static/js").glob("*.js"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
LINE_LIMIT = 150
CSS_LIMIT = 60 * 1024

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_NEW_CSS = re.compile(
    r":has\(|:is\(|:where\(|@layer|@container|@scope|color-mix\(|oklch\(|\d(?:dvh|svh|lvh|cqw)\b"
    r"|(?<![\w-])(?:inset|aspect-ratio|text-wrap|scrollbar-gutter)\s*:|(?:^|[;{])\s*&",
    re.MULTILINE,
)
_RESPONSIVE = re.compile(r"@media(?!\s+(?:screen and|print)\b)[^{]*(?:width|height)[^{]*\{")
_NEW_SCRIPT = re.compile(
    r"\.at\(|structuredClone|\binert\b|randomUUID|Object\.hasOwn|findLast|replaceAll\("
    r"|\?\?=|\|\|=|&&=|\bstatic\s*\{|\.toSorted|\.toReversed|\.groupBy|AbortSignal\.timeout"
    r"|^await\b|\binnerHTML\b|\beval\(|new Function",
    re.MULTILINE,
)
_INLINE = re.compile(
    r"<style\b|\sstyle=|\son[a-z]+=|javascript:|\shx-on|<script(?![^>]*\ssrc=)", re.IGNORECASE
)
_SAFE = re.compile(r"\|\s*safe(?:seq)?\b|autoescape\s+off")
_WORDS = re.compile(
    r"{%\s*(?:blocktranslate|blocktrans)\b.*?{%\s*end(?:blocktranslate|blocktrans)\s*%}"
    r"|{%\s*comment\b.*?{%\s*endcomment\s*%}|{#.*?#}|<!--.*?-->|{%.*?%}|{{.*?}}",
    re.DOTALL,
)
_TAG = re.compile(r"{%(.*?)%}|{{(.*?)}}", re.DOTALL)
_QUOTED_HAN = re.compile(r"""=\s*["'][^"']*[一-鿿]""")
_HAN = re.compile(r"[一-鿿]+")
_ICON = re.compile(
    r"""components/icon\.html["'][^%]*?name=["']([\w-]+)["']|icons\.svg['"]\s*%}#([\w-]+)"""
    r"""|\bicon=["']([\w-]+)["']"""
)
_URL = re.compile(r"""{%\s*url\s+["']([\w:-]+)["']""")


_BROKEN_TAG = re.compile(r"(?:{{(?:(?!}}).)*|{%(?:(?!%}).)*)$", re.MULTILINE)


def new_css(text: str) -> list[str]:
    """Return what Chromium 86 does not know, and responsive queries that would also print."""
    text = _COMMENT.sub("", text)
    # A declaration inside @supports is asked for, so it may be newer.
    text = re.sub(r"@supports[^{]*\{(?:[^{}]*\{[^{}]*\})*\s*\}", "", text)
    return [found.group().strip() for found in _NEW_CSS.finditer(text)] + [
        found.group().strip() for found in _RESPONSIVE.finditer(text)
    ]


def new_script(text: str) -> list[str]:
    """Return what Chromium 86 lacks or the content policy forbids."""
    text = re.sub(r"/\*.*?\*/|^\s*//.*$", "", text, flags=re.DOTALL | re.MULTILINE)
    return [found.group() for found in _NEW_SCRIPT.finditer(text)]


def inline_code(text: str) -> list[str]:
    """Return inline script, style and handlers; the content policy blocks them silently."""
    return [found.group().strip() for found in _INLINE.finditer(text)]


def unescaped(text: str) -> list[str]:
    """Return places that mark text as safe."""
    return [found.group() for found in _SAFE.finditer(text)]


def unknown_icons(text: str) -> list[str]:
    """Return icons that the sprite does not hold."""
    sprite = (ROOT / "static/icons.svg").read_text()
    known = set(re.findall(r'<symbol id="([\w-]+)"', sprite))
    names = ["".join(groups) for groups in _ICON.findall(text)]
    return [name for name in names if name not in known]


def _names(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from _names(pattern, inner)
        elif pattern.name:
            yield f"{prefix}{pattern.name}"


def unknown_urls(text: str) -> list[str]:
    """Return names in url tags that no address has."""
    known = set(_names(get_resolver()))
    return [name for name in _URL.findall(text) if name not in known]


def too_long(text: str) -> list[str]:
    """Return the line count of a template that should be cut into parts."""
    count = len(text.splitlines())
    return [f"{count} lines"] if count >= LINE_LIMIT else []


def broken_tags(text: str) -> list[str]:
    """Return tags that run over a line end: Django prints them as they stand."""
    comments = r"{%\s*comment\b.*?endcomment\s*%}"
    return _BROKEN_TAG.findall(re.sub(comments, "", text, flags=re.DOTALL))


def untranslated(text: str) -> list[str]:
    """Return Chinese words outside the translation tags, and in ``with x="…"``."""
    bare = [found.group() for found in _HAN.finditer(_WORDS.sub(" ", text))]
    in_tags = [
        first.strip()
        for first, _ in _TAG.findall(
            re.sub(r"{%\s*comment\b.*?endcomment\s*%}", "", text, flags=re.DOTALL)
        )
        if first.strip().startswith(("include", "with")) and _QUOTED_HAN.search(first)
    ]
    return bare + in_tags


Check = Callable[[str], list[str]]
TEMPLATE_CHECKS: tuple[Check, ...] = (
    inline_code,
    unescaped,
    unknown_icons,
    unknown_urls,
    too_long,
    untranslated,
    broken_tags,
)


@pytest.mark.parametrize("path", CSS, ids=lambda path: path.name)
def test_style_sheets_use_only_what_chromium_86_knows(path: Path) -> None:
    assert new_css(path.read_text()) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_use_only_what_chromium_86_knows(path: Path) -> None:
    assert new_script(path.read_text()) == []


@pytest.mark.parametrize("check", TEMPLATE_CHECKS, ids=lambda check: check.__name__)
def test_no_template_breaks_a_rule(check: Check) -> None:
    found = {
        str(path.relative_to(ROOT)): wrong
        for path in TEMPLATES
        if (wrong := check(path.read_text()))
    }
    assert found == {}


def test_there_is_something_to_check() -> None:
    assert (bool(CSS), bool(SCRIPTS), ROOT / "templates/base.html" in TEMPLATES) == (True,) * 3


def test_the_style_sheet_stays_below_its_budget() -> None:
    assert (ROOT / "static/css/app.css").stat().st_size <= CSS_LIMIT


def test_an_error_page_that_sends_back_has_the_button_for_it() -> None:
    pages = {path.name: path.read_text() for path in TEMPLATES if path.parent.name == "errors"}
    sends = {name for name, page in pages.items() if re.search("上一页|回到原", page)}
    has = {name for name, page in pages.items() if "components/way_back.html" in page}
    assert "413.html" in sends & has
    # Where the sign-in is over, its own button comes before the way back.
    assert sends - has == {"signed_out.html"}


@pytest.mark.parametrize(
    ("check", "bad", "caught"),
    [
        (new_css, "a:has(b) { color: red }", [":has("]),
        (new_css, ".x { inset: 0 }", ["inset:"]),
        (new_css, ".x { height: 100dvh }", ["0dvh"]),
        (
            new_css,
            "@media (max-width: 700px) { a { color: red } }",
            ["@media (max-width: 700px) {"],
        ),
        (new_script, "list.at(-1)", [".at("]),
        (new_script, "await start();", ["await"]),
        (new_script, "box.innerHTML = words", ["innerHTML"]),
        (inline_code, '<p style="color: red">', ["style="]),
        (inline_code, '<a onclick="go()">', ["onclick="]),
        (inline_code, "<script>go()</script>", ["<script"]),
        (unescaped, "{{ body|safe }}", ["|safe"]),
        (unknown_icons, '{% include "components/icon.html" with name="unicorn" %}', ["unicorn"]),
        (unknown_urls, "{% url 'accounts:nowhere' %}", ["accounts:nowhere"]),
        (too_long, "<br>\n" * 150, ["150 lines"]),
        (broken_tags, '<p>{{ rows|join:"\n" }}</p>', ['{{ rows|join:"']),
        (untranslated, "<p>保存</p>", ["保存"]),
        (untranslated, '<p title="保存">x</p>', ["保存"]),
        (
            untranslated,
            '{% include "x.html" with title="保存" %}',
            ['include "x.html" with title="保存"'],
        ),
    ],
)
def test_each_check_catches_a_planted_fault(check: Check, bad: str, caught: list[str]) -> None:
    assert check(bad) == caught


@pytest.mark.parametrize(
    ("check", "good"),
    [
        (new_css, "@media screen and (max-width: 700px) { .x { box-shadow: inset 0 0 red } }"),
        (new_script, "function go() { return list[list.length - 1]; }"),
        (inline_code, '<script type="module" src="/a.js"></script>'),
        (unknown_icons, '{% include "components/icon.html" with name="plus" %}'),
        (unknown_urls, "{% url 'accounts:sign_in' %}"),
        (untranslated, '<p>{% translate "保存" %}</p>'),
        (broken_tags, "<p>{{ one }}\n{% if two %}</p>\n{% endif %}"),
    ],
)
def test_no_check_complains_about_good_markup(check: Check, good: str) -> None:
    assert check(good) == []

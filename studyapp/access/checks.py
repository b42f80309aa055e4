"""A system check: every view in the URLconf has declared who may open it."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register
from django.urls import URLPattern, URLResolver, get_resolver

from studyapp.access.decorators import Access


def walk(
    patterns: Sequence[URLPattern | URLResolver], prefix: str = "", namespace: str = ""
) -> Iterator[tuple[str, str, Any]]:
    """Yield (route, full name, view) for every pattern below ``patterns``."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from walk(pattern.url_patterns, route, inner)
        else:
            yield route, f"{namespace}{pattern.name}", pattern.callback


def undeclared(patterns: Sequence[URLPattern | URLResolver]) -> list[CheckMessage]:
    """Return an error for each view without an access declaration."""
    return [
        Error(
            f"View {name} at /{route} does not declare who may open it.",
            hint="Use @requires, @office, @signed_in(reason=…) or @public(reason=…).",
            id="access.E001",
        )
        for route, name, view in walk(patterns)
        if not isinstance(getattr(view, "access", None), Access)
    ]


@register("access")
def check_views(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """Check the project's own URLconf."""
    return undeclared(get_resolver().url_patterns)

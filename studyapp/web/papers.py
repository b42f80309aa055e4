"""Papers on a page: the one place where markup made by our own writer is trusted."""

from django.utils.safestring import SafeString

from studyapp.documents import html
from studyapp.documents.blocks import Document


def markup(document: Document) -> SafeString:
    """Return a paper as HTML; ``documents.html`` escapes every text that it puts in."""
    return SafeString(html.render(document))

"""How a paper prints what somebody said: in full, or as numbered points. Every word either way."""

from studyapp.documents.blocks import Block, Heading, Paragraph, from_lines


def said(lead: str, text: str, *, points: bool = False) -> list[Block]:
    """Return the blocks of one speech; nothing where nothing was said.

    The name stands before the first words, or alone before a heading. As ``points`` each
    paragraph has a number under the name; a single paragraph needs none.
    """
    blocks = from_lines(text)
    if points and len(blocks) > 1:
        numbered = [Paragraph(f"（{n}）{_words(each)}") for n, each in enumerate(blocks, 1)]
        return [Paragraph("", lead=lead), *numbered]
    if blocks and isinstance(blocks[0], Paragraph):
        blocks[0] = Paragraph(blocks[0].text, lead=lead)
    elif blocks:
        blocks.insert(0, Paragraph("", lead=lead))
    return blocks


def _words(block: Block) -> str:
    if isinstance(block, Heading):
        return block.text + block.rest
    return block.text if isinstance(block, Paragraph) else ""

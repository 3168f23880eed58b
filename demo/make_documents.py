"""Builds the demo's PDF and DOCX files from the texts in `demo/texts`: `python -m demo.make_documents
[NAME...]`.

The built files are committed, so that the demo runs without what builds them. Run it after a change to a
text.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from demo.markup import Block, parse
from demo.typesetting import one_column_pdf, scan_pdf, two_column_pdf, word, word_pdf

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Recipe:
    """One file to build: which text, how it is set, where it goes in `demo/web`, what stands at the foot of
    pages.
    """

    text: str
    build: Callable[[tuple[Block, ...], str], bytes]
    target: str
    foot: str = ""

    @property
    def path(self) -> Path:
        return FOLDER / "web" / self.target


RECIPES = (
    Recipe(
        "calderbeck-group-2025",
        two_column_pdf,
        "calderbeck/files/Calderbeck-Group-Modern-Slavery-Statement-2025.pdf",
        "Calderbeck Group plc. Registered in England and Wales, number 99000101.",
    ),
    Recipe(
        "calderbeck-group-2024",
        one_column_pdf,
        "registry/pdf-published/cBk4Gr0P/2025/Calderbeck Group Modern Slavery Statement 2024.pdf",
        "Calderbeck Group plc. Registered in England and Wales, number 99000101.",
    ),
    Recipe(
        "averill-thorngate-2026",
        word_pdf,
        "averill-thorngate/media/averill-thorngate-statement-2026.pdf",
        "Averill Thorngate LLP, OC900201",
    ),
    Recipe(
        "averill-thorngate-2025",
        one_column_pdf,
        "averill-thorngate/media/averill-thorngate-statement-2025.pdf",
        "Averill Thorngate LLP, OC900201",
    ),
    Recipe("kindlewharf-2026", word, "kindlewharf/downloads/modern-slavery-statement-2026.docx"),
    Recipe(
        "thornshire-police-2026", scan_pdf, "thornshire-police/documents/modern-slavery-statement-2025-26.pdf"
    ),
    Recipe(
        "dunmarrow-foods-2026",
        word_pdf,
        "dunmarrow/uploads/2026/08/Dunmarrow-Foods-Modern-Slavery-Statement-2026.pdf",
        "Dunmarrow Foods Limited",
    ),
    Recipe("sallowfield-2024", word_pdf, "sallowfield/docs/slavery-statement-2024.pdf"),
    Recipe("sallowfield-2023", one_column_pdf, "sallowfield/docs/slavery-statement-2023.pdf"),
    Recipe(
        "torrancleugh-2026",
        one_column_pdf,
        "assets-cdn/torrancleugh/8f31c2/modern-slavery-statement-fy26",
        "Torrancleugh Construction Limited, SC900702",
    ),
    Recipe(
        "tidewell-2025",
        one_column_pdf,
        "registry/pdf-published/tDw3LLx9/2026/Tidewell Modern Slavery Statement 2025 (signed).pdf",
        "Tidewell Logistics Limited, company number 99001101",
    ),
    Recipe(
        "marlbrock-2026", word_pdf, "www.marlbrock/files/ms-2026.pdf", "Marlbrock Fleet Limited, 99001601"
    ),
)


def build(recipe: Recipe) -> bytes:
    """Return the bytes of one document."""
    source = (FOLDER / "texts" / f"{recipe.text}.md").read_text(encoding="utf-8")
    return recipe.build(parse(source), recipe.foot)


def main() -> None:
    """Build the documents of the texts that are named, or of all."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="a file in demo/texts, without .md")
    names = parser.parse_args().names
    for recipe in RECIPES:
        if not names or recipe.text in names:
            recipe.path.parent.mkdir(parents=True, exist_ok=True)
            recipe.path.write_bytes(build(recipe))
            print(f"{recipe.path.stat().st_size:8} {recipe.path.relative_to(FOLDER)}")


if __name__ == "__main__":
    main()

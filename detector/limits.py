"""Every limit of a scan, in one place. Imports the standard library alone.

Input is written by attackers. Reaching a limit never loses a page: the result
says `truncated` and holds what was analysed, or it is an error that names the
limit. Each value has its reason beside it; "real pages" are 3,241 pages as
crawlers saved them (median 45 KB and 424 elements, 99.9 % under 330 KB and
3,800 elements).
"""

from __future__ import annotations

from dataclasses import dataclass

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What one page, one line, one archive member may cost.

    Sizes are in bytes, times in seconds. Sources hold the first group, the
    parser and the walk the second, the worker pool the third.
    """

    # sources
    max_bytes: int = 20 * MEGABYTE
    """Of one page, decompressed; what follows is not read (`truncated`)."""
    max_line_bytes: int = 100 * MEGABYTE
    """Of one JSONL line; a longer one is skipped with an error."""
    max_ratio: int = 200
    """Decompressed to compressed size of a gzip file or body, judged after
    `ratio_grace` bytes. Real pages stay under 48; deflate can reach 1,032."""
    ratio_grace: int = 50 * MEGABYTE
    """Decompressed bytes before `max_ratio` is judged: small files may be uniform."""
    max_record_bytes: int = 1000 * MEGABYTE
    """Of a WARC record; the body of a longer one is not even skipped through."""
    max_header_bytes: int = 64 * 1024
    """Of the headers of one WARC record."""
    sniff_bytes: int = 4096
    """How much of a file is looked at to tell HTML, text and binary apart."""

    # parse and walk
    max_nodes: int = 500_000
    """Elements and texts that are walked; the largest real page has 21,086 elements."""
    max_depth: int = 1_000
    """Nesting that is followed; browsers stop at 512."""
    max_blocks: int = 50_000
    """Paragraphs, headings, items and cells of a page."""
    max_links: int = 50_000
    """Links of a page that are kept and scored; the largest real page has 2,756."""
    max_scripts: int = 2_000
    """Scripts, styles, frames and event handlers of a page that are kept."""
    max_head_entries: int = 2_000
    """Titles, metas and link relations of a page that are kept."""
    max_comments: int = 2_000
    """Markup comments of a page that are kept."""
    max_attributes: int = 1_000
    """Attributes of one element that are read."""
    max_attribute_chars: int = 100_000
    """Of one attribute's value that is read (addresses, inline styles, srcdoc)."""
    max_css_chars: int = 2 * MEGABYTE
    """Of all `<style>` text of a page; the largest of real pages is 360 KB."""
    max_css_rules: int = 20_000
    """Hiding rules that are matched against the elements."""
    max_script_chars: int = 2 * MEGABYTE
    """Of one inline script that is analysed."""
    max_findings: int = 500
    """Findings of one page that are reported, strongest first."""

    # workers
    timeout: float = 10.0
    """Wall-clock time of one page; then its process is killed and replaced.
    A real page takes milliseconds, 20 MB of HTML about a second."""
    max_memory: int = 2_000 * MEGABYTE
    """Address space that a worker may add to what it starts with; 0 for no limit."""


DEFAULT = Limits()

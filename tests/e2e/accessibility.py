"""What the axe rules (WCAG 2.1 A and AA, contrast of 4.5:1 among them) find on a page."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
GRAVE = ("serious", "critical")


def grave_findings(page) -> list[str]:
    """A line for each element with a serious or critical finding."""
    violations = Axe().run(page, options=RULES).response["violations"]
    return [
        f"{found['id']}: {node['html'][:160]} | {' '.join(node['failureSummary'].split())[:200]}"
        for found in violations
        if found["impact"] in GRAVE
        for node in found["nodes"]
    ]

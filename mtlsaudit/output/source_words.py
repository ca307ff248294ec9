"""What a report says of its source, in the same words in every format: a cluster is no heap of files."""

from __future__ import annotations

from collections.abc import Mapping

from mtlsaudit.model.report import Report
from mtlsaudit.output.counting import count

_MEANING: Mapping[str, str] = {
    "open": "What is not in the input is not known. A missing object is reported as unknown, never as absent.",
    "closed": "The input is complete. What is not in it does not exist, unless a gap listed under Coverage hides it.",
}
_OF_A_CLUSTER = (
    "What the cluster does not have does not exist. What was not read of it, by an assumption here or by a gap listed "
    "under Coverage, is reported as unknown, never as absent."
)


def world_meaning(report: Report) -> str:
    """What absence means in this report."""
    return _OF_A_CLUSTER if report.scan.cluster else _MEANING.get(report.scan.world, "")


def read_words(report: Report) -> str:
    """`cluster prod, 47 objects`, or `3 files, 47 objects, complete input`."""
    objects = count(sum(report.coverage.resources.values()), "object")
    if report.scan.cluster:
        return f"cluster {report.scan.cluster}, {objects}"
    world = "complete input" if report.scan.world == "closed" else "open world"
    return f"{count(report.coverage.files, 'file')}, {objects}, {world}"


def no_hops(report: Report) -> str:
    """Why there are none; what could not be read may hold some."""
    where = "the cluster" if report.scan.cluster else "the input"
    if report.coverage.gaps:
        return f"no Ingress in what was read, and not all of {where} was read"
    return f"no Ingress in {where}"


def no_gaps(report: Report) -> str:
    """What it means that there is no gap."""
    if report.scan.cluster:
        return "nothing that was asked for: every list came whole"
    return "nothing: every document was understood"

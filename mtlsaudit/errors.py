"""One exception a stage; each message says what, where and the next step.

Trouble in the *input* is never an exception: it is a `Gap` (see `model.fact`). These are
mistakes of the caller: wrong options, a rule file that does not load, a missing tool.
"""


class MtlsauditError(Exception):
    """Any error that ends the run with a message and exit code 2."""


class ConfigError(MtlsauditError):
    """`mtlsaudit.yaml` or an option cannot be used."""


class RuleError(MtlsauditError):
    """A rule file does not load: the message starts with its file and line."""


class OutputError(MtlsauditError):
    """A report cannot be written."""


class NothingToAudit(MtlsauditError):
    """No input could be read at all (exit code 3)."""


class HistoryError(MtlsauditError):
    """The file of --history is broken, of somebody else, or cannot be written."""


class ClusterError(NothingToAudit):
    """A cluster cannot be asked at all: no configuration, no network, no trust, no credentials (exit code 3)."""


class SnapshotError(NothingToAudit):
    """A snapshot is none, was changed, or was cut short (exit code 3)."""

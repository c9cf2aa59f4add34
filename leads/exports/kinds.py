"""The kind of job that exports leads."""

from convertr.jobs.kinds import Kind

KINDS: tuple[Kind, ...] = ()

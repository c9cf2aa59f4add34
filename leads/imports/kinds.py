"""The kind of job that imports leads."""

from convertr.jobs.kinds import Kind

KINDS: tuple[Kind, ...] = ()

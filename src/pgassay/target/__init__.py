"""The one module that opens the target, and reads it without leaving a trace in it or on a pooler before it."""

from pgassay.target.reading import reading
from pgassay.target.subject import SubjectDatabase
from pgassay.target.target import Target, TargetFacts

__all__ = ["SubjectDatabase", "Target", "TargetFacts", "reading"]

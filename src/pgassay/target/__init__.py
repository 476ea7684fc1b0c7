"""The one module that opens the target, and reads it without leaving a trace in it or on a pooler before it."""

from pgassay.target.reading import Reading, reading, settle, undisturbed
from pgassay.target.subject import SubjectDatabase
from pgassay.target.target import Target, TargetFacts

__all__ = ["Reading", "SubjectDatabase", "Target", "TargetFacts", "reading", "settle", "undisturbed"]

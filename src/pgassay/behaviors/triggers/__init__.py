"""What triggers do when somebody writes: a module for each thing that `[[trigger]]` can expect."""

from pgassay.behaviors.triggers.experiment import try_trigger

__all__ = ["try_trigger"]

"""What constraints accept and reject."""

from pgassay.behaviors.constraints.at_work import try_constraints
from pgassay.behaviors.constraints.experiment import try_constraint

__all__ = ["try_constraint", "try_constraints"]

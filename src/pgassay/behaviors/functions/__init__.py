"""What functions give and raise, and whether they are what they claim to be."""

from pgassay.behaviors.functions.experiment import try_function

__all__ = ["try_function"]

"""What can be chosen, and where each choice came from.

PYTEST_DONT_REWRITE: no asserts here.
"""

from pgassay.settings.load import Ini, load_settings
from pgassay.settings.record import Settings

__all__ = ["Ini", "Settings", "load_settings"]

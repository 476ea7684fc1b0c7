"""What can be chosen, and where each choice came from."""

from pgassay.settings.load import Ini, load_settings
from pgassay.settings.record import Settings

__all__ = ["Ini", "Settings", "load_settings"]

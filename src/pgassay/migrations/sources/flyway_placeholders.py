"""Flyway's placeholders: what flyway.toml or flyway.conf says of them, and how values are put in.

Source: github.com/flyway/flyway 13.0, flyway-core: PlaceholderReplacingReader, ConfigUtils.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pgassay.migrations.sources.own_name import toml_of
from pgassay.migrations.sources.support import Missing, texts_above
from pgassay.migrations.tokens import Place

_IN_CONF = re.compile(r"^[ \t]*flyway\.(placeholder[\w.:-]+)[ \t]*[=:][ \t]*(.*?)[ \t]*$", re.MULTILINE)
_OF_A_VALUE = "placeholders."
_PREFIX, _SUFFIX = "${", "}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placeholders:
    """The values that are known, and how placeholders are written.

    Attributes:
        values: By name in lower case.
        replaced: Whether values are put in at all, where a script does not say otherwise.
        prefix: What a placeholder begins with.
        suffix: What it ends with.
        missing: Those without a value.
    """

    values: Mapping[str, str]
    replaced: bool = True
    prefix: str = _PREFIX
    suffix: str = _SUFFIX
    missing: Missing = field(default_factory=Missing)

    def fill(self, text: str, path: Path) -> str:
        """Return a text with values put in, wherever placeholders stand: in comments and strings too.

        Raises:
            MigrationError: A placeholder has no end.
        """
        values = {**_own(path), **self.values}
        pattern = self._pattern()
        for match in pattern.finditer(text):
            if match[1] is not None and not match[2]:
                raise Place(path).error("a placeholder begins here and has no end", text=text, at=match.start())
            if match[1] is not None and match[1].lower() not in values:
                self.missing.note(match[1], Place(path), text, match.start())
        return pattern.sub(lambda match: match[0] if match[1] is None else values.get(match[1].lower(), match[0]), text)

    def _pattern(self) -> re.Pattern[str]:
        """A dollar sign takes the next one with it, so that `$${` opens a quoted string and no placeholder."""
        quote = r"\$\$|" if self.prefix.startswith("$") else ""
        return re.compile(rf"{quote}{re.escape(self.prefix)}(.*?)({re.escape(self.suffix)}|\Z)", re.DOTALL)


def placeholders_of(folder: Path, given: Mapping[str, str]) -> Placeholders:
    """Return the placeholders of a project: what is given goes before what its own files say.

    Args:
        folder: The folder of the migrations.
        given: Values by name.
    """
    said = _of_toml(toml_of(folder, "flyway.toml", "flyway")) or dict(
        _IN_CONF.findall(next(texts_above(folder, "flyway.conf"), ""))
    )
    values = {name.removeprefix(_OF_A_VALUE): value for name, value in said.items() if name.startswith(_OF_A_VALUE)}
    return Placeholders(
        values={name.lower(): value for name, value in {**values, **given}.items()},
        replaced=said.get("placeholderReplacement", "true").lower() != "false",
        prefix=said.get("placeholderPrefix") or _PREFIX,
        suffix=said.get("placeholderSuffix") or _SUFFIX,
    )


def _of_toml(table: Mapping[str, object]) -> dict[str, str]:
    values = table.get("placeholders")
    said = {f"{_OF_A_VALUE}{name}": value for name, value in (values.items() if isinstance(values, dict) else ())}
    said |= {name: value for name, value in table.items() if name.startswith("placeholder") and name != "placeholders"}
    return {name: str(value) for name, value in said.items()}


def _own(path: Path) -> dict[str, str]:
    """Return the values that Flyway itself gives, as far as they do not hang on the connection."""
    return {
        "flyway:defaultschema": "public",
        "flyway:environment": "default",
        "flyway:filename": path.name,
        "flyway:table": "flyway_schema_history",
        "flyway:timestamp": f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S}",
    }

from __future__ import annotations

from pathlib import Path

import pytest

from pgassay.errors import MigrationError
from pgassay.migrations.sources.tern_template import Templates
from pgassay.migrations.tokens import NOWHERE

pytestmark = pytest.mark.thorough


@pytest.fixture
def templates(tmp_path: Path) -> Templates:
    snapshot = tmp_path / "snapshots" / "v1"
    (tmp_path / "shared").mkdir()
    (snapshot / "parts").mkdir(parents=True)
    (tmp_path / "shared" / "a.sql").write_text("VIEW {{.name}}\n")
    (tmp_path / "shared" / "loop.sql").write_text('\n{{ template "shared/loop.sql" . }}')
    (snapshot / "install.sql").write_text('{{ template "parts/b.sql" . }};{{ template "parts/b.sql" . }}')
    (snapshot / "parts" / "b.sql").write_text("{{.name}}")
    return Templates(tmp_path, {"name": "{{x}}", "empty": ""})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain }} $name", "plain }} $name"),
        ("a {{.name}}{{ .empty }} {{$.name}}", "a {{x}} {{x}}"),
        ("a\n{{- .name -}}\n b {{ .name -}} c", "a{{x}}b {{x}}c"),
        ("a {{/* }} */}} {{- /* b */ -}} c", "a c"),
        ('{{ `{{` }}{{ "}}" }}', "{{}}"),
        ('({{ template "shared/a.sql" . }})', "(VIEW {{x}}\n)"),
        ('{{ install_snapshot "v1" }}', "{{x}};{{x}}"),
    ],
)
def test_filled(templates: Templates, text: str, expected: str) -> None:
    assert templates.fill(text, NOWHERE) == expected
    templates.missing.refuse()


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("\n{{ .name", "^line 2: a template's action begins here and has no end"),
        ("{{ if .name }}a{{ end }}", 'the action "if .name" is not known here'),
        ("'{{1,2},{3,4}}'", "line 1: a template's action begins here and has no end"),
        ("{{ .name | upper }}", r'the action ".name \| upper" is not known here'),
        ('{{ template "shared/b.sql" . }}', 'there is no template "shared/b.sql"'),
        ('{{ template "../a.sql" . }}', 'there is no template "../a.sql"'),
        (f'{{{{ template "{__file__}" . }}}}', "there is no template"),
        ('{{ install_snapshot "v2" }}', 'there is no template "v2"'),
        ('{{ template "shared/loop.sql" . }}', '/loop.sql", line 2: "[^"]*/loop.sql" includes itself'),
    ],
)
def test_refused(templates: Templates, text: str, error: str) -> None:
    with pytest.raises(MigrationError, match=error):
        templates.fill(text, NOWHERE)


def test_all_that_has_no_value_is_told_at_once(templates: Templates) -> None:
    templates.fill("{{.name}}\n{{.b}} {{.a}} {{.b}}", NOWHERE)
    with pytest.raises(MigrationError, match=r"^line 2: no value is set for a, b\n"):
        templates.missing.refuse()

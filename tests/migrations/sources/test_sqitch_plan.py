from __future__ import annotations

import hashlib

import pytest

from pgassay.errors import MigrationError

from .conftest import Folder

pytestmark = pytest.mark.thorough

BY = "2024-01-31T12:00:00Z Ann O. Nym <ann@example.com>"
TUTORIAL = """%syntax-version=1.0.0
%project=flipr
%uri=https://github.com/theory/sqitch-intro/

appschema 2013-12-30T23:19:45Z PLANNER # Add schema for all flipr objects.
users [appschema] 2013-12-30T23:49:00Z PLANNER # Creates table to track our users.
insert_user [users appschema] 2013-12-30T23:57:36Z PLANNER # Creates a function to insert a user.
change_pass [users appschema] 2013-12-30T23:57:45Z PLANNER # Creates a function to change a user password.
"""


def _id(info: str) -> str:
    return hashlib.sha1(f"change {len(info.encode())}\0{info}".encode()).hexdigest()


def test_ids(folder: Folder) -> None:
    """They are those of sqitch's own tutorial (lib/sqitchtutorial.pod)."""
    names = ("appschema", "users", "insert_user", "change_pass")
    plan = TUTORIAL.replace("PLANNER", "Marge N. O’Vera <marge@example.com>").replace("\n", "\r\n")
    folder.write(**{"sqitch.plan": plan, **{f"deploy/{name}.sql": "" for name in names}})

    keys = [m.key for m in folder.load()]

    assert [keys[0], keys[1], keys[3]] == [
        "c7981df861183412b01be706889e508a63d445ca",
        "77398e1dbc5fbce58b05eb67d201f15774718727",
        "01a4f6964b89284525cb5877d222df8be70d1647",
    ]


def test_an_id_holds_all_that_the_plan_says(folder: Folder) -> None:
    folder.write(
        **{
            "sqitch.plan": "% project = p # x\n%uri=HTTPS://Example.COM:443\n# a comment\n\n"
            f"+ a {BY}\n  # another\nb/日本 [a p:a other:x@y !other:z] {BY}#  two\\nlines, \\\\ and a # ",
            "deploy/a.sql": "",
            "deploy/b/日本.sql": "",
        }
    )
    by = "planner Ann O. Nym <ann@example.com>\ndate 2024-01-31T12:00:00Z"
    first = _id(f"project p\nuri https://example.com/\nchange a\n{by}")
    second = _id(
        f"project p\nuri https://example.com/\nchange b/日本\nparent {first}\n{by}\n"
        "requires\n  + a\n  + a\n  + other:x@y\nconflicts\n  - other:z\n\ntwo\nlines, \\ and a #"
    )

    found = folder.load()

    assert [(m.key, m.label) for m in found] == [(first, "a"), (second, "b/日本")]
    assert found[1].notes == ("requires other:x@y of another project, which is not run",)


@pytest.mark.parametrize(
    ("uri", "canonical"),
    [
        ("http://x.y:8080", "http://x.y:8080/"),
        ("http://Me@X.y?q", "http://Me@x.y?q"),
        ("http://x.y:z/", "http://x.y:z/"),
        ("urn:X:Y", "urn:X:Y"),
        ("flipr", "flipr"),
    ],
)
def test_the_uri_is_canonical(folder: Folder, uri: str, canonical: str) -> None:
    folder.write(**{"sqitch.plan": f"%project=p\n%uri={uri}\n\na {BY}", "deploy/a.sql": ""})
    by = "planner Ann O. Nym <ann@example.com>\ndate 2024-01-31T12:00:00Z"
    assert [m.key for m in folder.load()] == [_id(f"project p\nuri {canonical}\nchange a\n{by}")]


@pytest.mark.parametrize("depends", ["@v1", "a@v1", "p:a", "p:@v1", "other:nothing", "!other:nothing", "0" * 40, "a b"])
def test_required(folder: Folder, depends: str) -> None:
    plan = f"%project=p\n\na {BY}\nb {BY}\n@v1 {BY}\n@v2 {BY}\na [{depends}] {BY}\n"
    folder.write(**{"sqitch.plan": plan, "deploy/a.sql": "", "deploy/b.sql": "", "deploy/a@v1.sql": ""})
    assert len(folder.load()) == 3


@pytest.mark.parametrize(
    ("plan", "error"),
    [
        (f"\n\na {BY}", "line 1: the pragma %project is missing"),
        (f"%project=@x\n\na {BY}", '"@x" cannot be the name of a project'),
        (f"%project=p\na {BY}", "line 2: this is no pragma"),
        ("%project=p\n\na", "line 3: the time at which it was planned is missing"),
        ("%project=p\n\na 2024-01-31T12:00:00Z", "name and email of the planner are missing"),
        ("%project=p\n\na 2024-13-31T12:00:00Z A <a@b.c>", "there is no such time as 2024-13-31T12:00:00Z"),
        (f"%project=p\n\n.a {BY}", "this does not begin with the name"),
        (f"%project=p\n\na~1 {BY}", "this does not begin with the name"),
        (f"%project=p\n\n🐘 {BY}", "this does not begin with the name"),
        (f"%project=p\n\n#\na {BY}", "line 3: this does not begin with the name"),
        (f"%project=p\n\nHEAD {BY}", '"HEAD" means something else'),
        (f"%project=p\n\n{'a1' * 20}x {BY}", "means something else"),
        (f"%project=p\n\na {BY}\na {BY}", '(?s)line 4: "a" stands twice, and no tag.*sqitch rework a'),
        (f"%project=p\n\n@v {BY}", 'the tag "@v" cannot be: no change stands before it'),
        (f"%project=p\n\na {BY}\n@v {BY}\n@v {BY}", "line 5: .*there is a tag of this name already"),
        (f"%project=p\n\na {BY}\n@v [a] {BY}", "a tag requires nothing"),
        (f"%project=p\n\na {BY}\n@v/w {BY}", "its name holds a /"),
        (f"%project=p\n\na [b] {BY}\nb {BY}", 'line 3: "a" requires "b", which does not stand before it'),
        (f"%project=p\n\na [a] {BY}", '"a" requires "a", which does not stand before it'),
        (f"%project=p\n\na {BY}\n@v {BY}\nb {BY}\nc [b@v] {BY}", 'line 6: "c" requires "b@v"'),
        (f"%project=p\n\na {BY}\nb [!a] {BY}", '"b" conflicts with "a", which stands before it'),
        (f"%project=p\n\na [!z] {BY}", '"a" conflicts with "z", which is not in the plan'),
        (f"%project=p\n\na [!@z] {BY}", '"a" conflicts with "@z", which is not in the plan'),
        (f"%project=p\n\na {BY}\nb [a a] {BY}", '"a" in the brackets stands twice'),
        (f"%project=p\n\na [x@] {BY}", '"x@" in the brackets names no change and no tag'),
        ("%project=p\n", "holds no migration of sqitch"),
    ],
)
def test_refused(folder: Folder, plan: str, error: str) -> None:
    folder.write(**{"sqitch.plan": plan})
    with pytest.raises(MigrationError, match=error):
        folder.load()

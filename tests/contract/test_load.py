from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from pgassay.contract.load import Contract
from pgassay.errors import ContractError
from tests.contract.conftest import Load


def names(contract: Contract) -> tuple[list[str], list[str]]:
    return [file.name for file in contract.init], [file.name for file in contract.files]


def test_a_folder_that_is_not_there_is_no_error(load: Load) -> None:
    contract = load({}, schema="nowhere")
    assert (contract.exists, contract.stated, contract.init, contract.files) == (False, False, (), ())


def test_a_file_in_the_folders_place_is_refused(load: Load, tmp_path: Path) -> None:
    (tmp_path / "contract").write_text("")
    with pytest.raises(ContractError, match="is not a folder"):
        load({}, schema="contract")


def test_init_alone_states_nothing(load: Load) -> None:
    contract = load({"init/01.sql": "SELECT 1"})
    assert (contract.exists, contract.stated) == (True, False)


def test_files_come_in_natural_order_with_init_apart(load: Load) -> None:
    contract = load(
        {
            **dict.fromkeys(("10-b.sql", "9-a.sql", "views/2.sql", "views/10.sql", "Tables.SQL", "äöü.sql"), ""),
            **dict.fromkeys(("init/10-users.sql", "init/9-extensions.sql", "init/more/1.sql"), ""),
            **dict.fromkeys(("README.md", ".hidden.sql", ".git/x.sql", "views/.#lock.sql", "x/init/1.sql"), ""),
        }
    )
    assert names(contract) == (
        ["init/9-extensions.sql", "init/10-users.sql", "init/more/1.sql"],
        ["9-a.sql", "10-b.sql", "Tables.SQL", "views/2.sql", "views/10.sql", "x/init/1.sql", "äöü.sql"],
    )


def test_superuser_is_asked_for_in_the_first_line(load: Load) -> None:
    contract = load(
        {
            "1.sql": "-- contract superuser:true\nSELECT 1",
            "2.sql": "SELECT 1;\n-- contract superuser:true",
            "3.sql": "-- contract superuser:false\n",
            "4.sql": "-- contract of the shop, as of today: final\n",
            "5.sql": "--contract superuser:true\r\nSELECT 1",
            "init/1.sql": "SELECT 1",
        }
    )
    assert [file.superuser for file in (*contract.files, *contract.init)] == [True, False, False, False, True, True]


@pytest.mark.parametrize("option", ["superuser: true", "superuser:yes", "role:x", "superuser=true"])
def test_an_option_that_means_nothing_is_refused(load: Load, option: str) -> None:
    with pytest.raises(
        ContractError, match=rf'1\.sql", line 1: "{option}" means nothing.*\nhint: known: superuser:true'
    ):
        load({"1.sql": f"-- contract {option}\n"})


def test_lines_of_pg_dump_become_blank(load: Load) -> None:
    contract = load({"1.sql": "\\restrict aB3\n\nSELECT '\n\\restrict x\n';\n\\unrestrict aB3\n"})
    assert contract.files[0].sql == "\n\nSELECT '\n\\restrict x\n';\n\n"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"SELECT 1;\n\\set x 1\n", r'1\.sql", line 2: "\\set x 1" is a command of psql'),
        (b"SELECT 1;\nCOPY t FROM stdin;\n1\n\\.\n", r'1\.sql", line 2: COPY'),
        (b"SELECT 1;\n\nSELECT '\0';\n", r'1\.sql", line 3: a NUL byte'),
        (b"\xef\xbb\xbfSELECT 1", r'1\.sql", line 1: the file begins with a byte order mark'),
        (b"SELECT 1;\nSELECT '\xe4'", r'1\.sql", line 2: not UTF-8 \(byte 0xe4\)'),
        (b"SELECT 1;\nSELECT 'x", r'1\.sql", line 2: a string begins here and has no end'),
    ],
)
@pytest.mark.parametrize("folder", ["", "init/"])
def test_what_no_server_would_take_is_refused(load: Load, folder: str, content: bytes, problem: str) -> None:
    if b"COPY" in content:
        problem += "|psql"  # the line that ends the data is psql's own
    with pytest.raises(ContractError, match=problem):
        load({f"{folder}1.sql": content})


def test_a_link_to_nothing_is_not_passed_over(load: Load, tmp_path: Path) -> None:
    (tmp_path / "schema").mkdir()
    (tmp_path / "schema" / "1.sql").symlink_to("nowhere.sql")
    with pytest.raises(ContractError, match=r"1\.sql"):
        load({})


def test_hash_covers_names_and_texts_and_nothing_else(load: Load) -> None:
    first = load({"1.sql": "SELECT 1\n", "init/1.sql": "SELECT 2\n"}).hash
    assert re.fullmatch(r"[0-9a-f]{64}", first)
    assert load({"1.sql": "SELECT 1\r\n"}).hash == first
    assert load({"behavior.toml": "", "accepted.toml": "", "catalog.json": "{}"}).hash == first
    assert load({"2.sql": ""}).hash != first


def test_a_name_of_any_bytes(load: Load, tmp_path: Path) -> None:
    (tmp_path / "schema").mkdir()
    try:
        (tmp_path / "schema" / os.fsdecode(b"\xff \"'.sql")).write_text("SELECT 1")
    except OSError:
        pytest.skip("this file system takes names in UTF-8 only")
    assert [file.sql for file in load({}).files] == ["SELECT 1"]


def test_hash_tells_text_moved_between_files(load: Load) -> None:
    first = load({"1.sql": "SELECT 1;", "2.sql": "SELECT 2;"}).hash
    assert load({"1.sql": "SELECT 1;SELECT 2;", "2.sql": ""}).hash != first

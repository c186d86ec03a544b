from __future__ import annotations

import pytest

from kpi_lib.batch.secrets import masked, secret_values, without_secrets


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://kpi:s3cret-pass@db:5432/x", "postgresql://kpi:***@db:5432/x"),
        ("see mysql+pymysql://root:a%40b@host, please", "see mysql+pymysql://root:***@host, please"),
        ("https://host/path?x=1", "https://host/path?x=1"),
        ("file:///a/b@c", "file:///a/b@c"),
        ("at 10:30, a@b", "at 10:30, a@b"),
    ],
)
def test_passwords_in_addresses_are_hidden(text: str, shown: str) -> None:
    assert masked(text, ()) == shown


def test_telling_names_of_the_environment_give_their_values_away() -> None:
    held = {
        "KPI_DB_PASSWORD": "correct horse", "API_KEY": "k-123456", "MY_TOKEN": "abc", "PATH": "/usr/bin",
        "KPI_DATABASE": "postgresql://kpi:battery-staple@db/x",
    }  # fmt: skip
    assert set(secret_values(held)) == {"correct horse", "k-123456", "battery-staple"}


def test_nested_values_are_hidden_by_value_and_by_name() -> None:
    content = {"a": ["x correct horse y", 3], "password": "p", "token": "", "deep": {"text": "correct horse"}}
    assert without_secrets(content, ("correct horse",)) == {
        "a": ["x *** y", 3], "password": "***", "token": "", "deep": {"text": "***"},
    }  # fmt: skip

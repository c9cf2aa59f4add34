"""The embedded servers: found by the data folder alone, gone with whoever started them."""

import os
import stat

import psycopg
import pytest
import redis

from convertr import children, embedded
from tests.servers import DATA


def test_the_test_servers_answer_at_the_addresses_that_settings_use():
    folder = embedded.socket_folder(DATA)
    with psycopg.connect(embedded.database_url(DATA).replace("@:", "@:")) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    assert redis.Redis.from_url(embedded.redis_url(DATA)).ping()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_second_supervisor_on_the_folder_is_refused_in_one_line():
    with pytest.raises(embedded.EmbeddedError, match="Another Convertr runs") as caught:
        embedded.Servers(DATA).start()
    assert "\n" not in str(caught.value)


def test_socket_paths_are_short_and_differ_by_data_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(embedded.tempfile, "gettempdir", lambda: "/tmp/" + "x" * 200)
    one, two = embedded.socket_folder(tmp_path / "one"), embedded.socket_folder(tmp_path / "two")
    assert one != two
    assert len(os.fsencode(one / f".s.PGSQL.{embedded.PORT}.lock")) < 107


def test_a_pid_file_whose_number_belongs_to_another_program_is_dropped(tmp_path):
    pid_file = tmp_path / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n")
    embedded._cure_stale_pid(pid_file)
    assert not pid_file.exists()
    assert children.alive(os.getpid())

"""The embedded servers: found by the data folder alone, gone with whoever started them."""

import os
import stat
from pathlib import Path

import psycopg
import pytest
import redis

from convertr import children, embedded, programs
from tests.servers import DATA


def test_the_test_servers_answer_at_the_addresses_that_settings_use():
    folder = embedded.socket_folder(DATA)
    with psycopg.connect(embedded.database_url(DATA)) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    assert redis.Redis.from_url(embedded.redis_url(DATA)).ping()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_second_supervisor_on_the_folder_is_refused_in_one_line():
    with pytest.raises(programs.EmbeddedError, match="Another Convertr runs") as caught:
        embedded.Servers(DATA).start()
    assert "\n" not in str(caught.value)


def test_socket_paths_are_short_and_differ_by_data_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(embedded.tempfile, "gettempdir", lambda: "/tmp/" + "x" * 200)
    one, two = embedded.socket_folder(tmp_path / "one"), embedded.socket_folder(tmp_path / "two")
    assert one != two
    assert len(os.fsencode(one / f".s.PGSQL.{embedded.PORT}.lock")) < 107


@pytest.mark.parametrize(
    ("limit", "buffers"),
    [("1073741824\n", "256MB"), ("max\n", None), (None, None), ("104857600", "128MB")],
)
def test_postgres_gets_a_quarter_of_what_memory_there_is(tmp_path, monkeypatch, limit, buffers):
    pages = {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 2**21}  # 8 GB
    monkeypatch.setattr(embedded.os, "sysconf", pages.get)
    monkeypatch.setattr(embedded, "MEMORY_LIMITS", (tmp_path / "memory.max",))
    if limit:
        (tmp_path / "memory.max").write_text(limit)
    assert embedded.shared_buffers() == (buffers or "2048MB")
    pages["SC_PHYS_PAGES"] = 2**24
    assert embedded.shared_buffers() == (buffers or "4096MB")


def test_a_pid_file_whose_number_belongs_to_another_program_is_dropped(tmp_path):
    pid_file = tmp_path / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n")
    embedded._cure_stale_pid(pid_file)
    assert not pid_file.exists()
    assert children.alive(os.getpid())


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become someone else")
def test_root_without_a_user_namespace_hands_the_cluster_over_and_keeps_to_that(
    tmp_path, monkeypatch
):
    tmp_path.chmod(0o700)
    with monkeypatch.context() as forbidden:
        forbidden.setattr(programs, "namespace", list)
        with embedded.Servers(tmp_path / "var", valkey=False, durable=False) as servers:
            assert Path(f"/proc/{servers.postgres.pid}").stat().st_uid == programs.ordinary_user()
    with embedded.Servers(tmp_path / "var", valkey=False, durable=False) as servers:
        assert Path(f"/proc/{servers.postgres.pid}").stat().st_uid == programs.ordinary_user()
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700

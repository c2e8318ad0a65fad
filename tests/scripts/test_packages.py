"""What a server is installed from: the wheel has all that the program reads, the Debian packages bring the
units, users and folders, need nothing of the tests, and removing them keeps every record. Real builds:
`tests/real/test_packages.py`.
"""

from __future__ import annotations

import fnmatch
import os
import re
import runpy
import subprocess
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from gateway import database
from gateway.asterisk import render
from gateway.mqtt import mosquitto
from gateway.sbom import bill, system
from scripts.lib.bringup.command import Trouble
from scripts.lib.bringup.packages import PROGRAMS
from scripts.lib.shipping import asterisk, bundle, debs, model, repository, songhua, source
from tests.peers.checkout import CHECKOUT
from tests.scripts.test_units import SERVICES, UNITS, made_folders, values

PYPROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = ("songhua", "songhua-asterisk", "songhua-whisper-base")
VALUES = {
    "version": "1", "architecture": "amd64", "size": "1", "python": "3.13", "next_python": "3.14",
    "asterisk": "22", "sources": "asterisk (= 1)",
}  # fmt: skip
SERVER = {"mosquitto", "ffmpeg", "nginx", "caddy", "coturn", "nftables", "graphviz"}
"""Of what set-up installs for demo and tests, what a server may need, too."""


def tracked(*folders: str) -> list[str]:
    told = subprocess.run(["git", "ls-files", "-z", *folders], cwd=CHECKOUT, capture_output=True, check=True)
    return [name for name in told.stdout.decode().split("\0") if name and (CHECKOUT / name).is_file()]


def relations(package: str, field: str) -> set[str]:
    """Names of packages in a field of a control file."""
    text = debs.control(package, VALUES)
    found = re.search(rf"^{field}: (.*)$", text, re.MULTILINE)
    return set(re.findall(r"(?:^|[,|] )([a-z0-9][a-z0-9.+-]+)", found[1])) if found else set()


@pytest.fixture(scope="module")
def setup() -> dict[str, Any]:
    return runpy.run_path(str(CHECKOUT / "setup.py"))


# The wheel


def test_the_wheel_has_every_room_and_neither_tests_nor_lab() -> None:
    rooms = {name.rstrip("*") for name in PYPROJECT["tool"]["setuptools"]["packages"]["find"]["include"]}
    assert rooms == set(PYPROJECT["tool"]["importlinter"]["root_packages"]) - {"lab"}
    patterns = PYPROJECT["tool"]["setuptools"]["package-data"]["*"]
    for file in tracked(*rooms):
        name = Path(file).name
        assert name.endswith(".py") or any(fnmatch.fnmatch(name, one) for one in patterns), file


def test_the_wheel_has_what_the_program_reads_beside_its_rooms(setup: dict[str, Any]) -> None:
    beside = set(setup["beside"]())
    assert set(tracked("asterisk-conf", "deploy", "migrations")) <= beside
    assert {"requirements/run.lock", "console/package-lock.json"} <= beside
    assert not [file for file in beside if file.startswith(("tests/", "lab/", "scripts/"))]
    for read in (render.TEMPLATES, database.MIGRATIONS, mosquitto.TEMPLATES):
        assert str(read.relative_to(CHECKOUT)).split("/")[0] in setup["BESIDE"]


def test_its_command_is_there() -> None:
    assert PYPROJECT["project"]["scripts"] == {"songhua": "gateway.cli:main"}
    assert "from gateway.cli import main" in songhua.START


def test_only_what_git_knows_is_packed(tmp_path: Path) -> None:
    clone, to = tmp_path / "clone", tmp_path / "to"
    for name in ("a.py", "folder/b.txt", "secret.txt", "console/dist/desk/index.html"):
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        (clone / name).write_text(name)
    subprocess.run(["git", "init", "-q", clone], check=True)
    subprocess.run(["git", "-C", clone, "add", "a.py", "folder"], check=True)
    source.export(to, clone)
    found = sorted(str(one.relative_to(to)) for one in to.rglob("*") if one.is_file())
    assert found == ["a.py", "console/dist/desk/index.html", "folder/b.txt"]
    (clone / "console/dist/desk/index.html").unlink()
    with pytest.raises(Trouble, match="not built"):
        source.export(tmp_path / "again", clone)


def test_a_build_between_two_versions_is_older_than_the_next() -> None:
    version = source.debian_version()
    assert version.startswith(source.released())
    for older, newer in ((version, source.released() + ".1"), ("0.1.0~20261201.2003.gab", "0.1.0")):
        subprocess.run(["dpkg", "--compare-versions", older, "lt", newer], check=True)


# The Debian packages


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the package songhua but the Python packages."""
    folder = tmp_path_factory.mktemp("stage")
    songhua.lay_out(folder, "3.13.5")
    return folder


def test_every_unit_is_in_one_of_the_packages(stage: Path) -> None:
    ours = {str(one.relative_to(UNITS)) for one in UNITS.rglob("*") if one.is_file()}
    assert set(songhua.UNITS) | {"asterisk.service"} == ours
    assert "asterisk.service" not in songhua.UNITS
    folder = stage / "usr/lib/systemd/system"
    assert {str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file()} == set(songhua.UNITS)


def test_users_and_folders_of_both_packages_are_all_that_there_are() -> None:
    for kind in ("sysusers.d", "tmpfiles.d"):
        found = {file.name for file in (CHECKOUT / "deploy" / kind).iterdir()}
        assert found == {"songhua.conf", f"{asterisk.NAME}.conf"}


@pytest.mark.parametrize("name", SERVICES)
def test_pages_that_the_units_name_are_in_the_package(name: str, stage: Path) -> None:
    for page in values(name, "Documentation"):
        assert (stage / page.removeprefix("file:/")).is_file(), page


def test_the_command_starts_in_an_environment_of_its_own(stage: Path) -> None:
    start = stage / str((stage / "usr/bin/songhua").readlink()).lstrip("/")
    assert start.read_text().splitlines()[0] == "#!/usr/lib/songhua/bin/python3"
    assert os.access(start, os.X_OK)
    assert str((stage / songhua.HOME / "bin/python3").readlink()) == "/usr/bin/python3.13"
    assert "home = /usr/bin" in (stage / songhua.HOME / "pyvenv.cfg").read_text()


def test_first_settings_name_what_the_packages_bring(stage: Path, setup: dict[str, Any]) -> None:
    text = (CHECKOUT / "gateway/songhua.example.toml").read_text(encoding="utf-8")
    named = {Path(one) for one in re.findall(r'^\w+ = "(/usr/share/songhua/[^"]+)"', text, re.MULTILINE)}
    links = {Path("/", songhua.SHARE, name) for name in songhua.LINKS}
    assert named <= {*links, Path("/", model.PLACE)}
    assert len(named) == 3
    for name, folder in songhua.LINKS.items():
        assert str((stage / songhua.SHARE / name).readlink()) == f"/{songhua.PACKAGES}/{folder}"
        assert folder in setup["BESIDE"] or tracked(folder)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_needs_nothing_of_the_tests(package: str) -> None:
    needed = relations(package, "Depends") | relations(package, "Recommends")
    assert not needed & (set(PROGRAMS.values()) - SERVER)
    assert not [
        name for name in needed if re.match(r"chromium|sip-tester|svxlink|baresip|node|npm|gcc", name)
    ]


def test_the_service_has_the_programs_that_it_calls() -> None:
    assert {"mosquitto", "ffmpeg", "libopus0", "fonts-wqy-microhei"} <= relations("songhua", "Depends")
    text = debs.control("songhua", songhua.fields() | {"size": "1"})
    assert "python3 (>= 3.13), python3 (<< 3.14)" in text
    assert {"songhua-asterisk", "songhua-whisper-base"} <= relations("songhua", "Recommends")


def test_the_switch_has_the_modules_that_are_loaded_and_no_other() -> None:
    modules = asterisk.loaded_modules()
    assert {"res_pjsip.so", "res_srtp.so", "app_audiosocket.so", "app_queue.so"} <= set(modules)
    assert not set(modules) & {"func_shell.so", "app_system.so", "func_env.so", "app_exec.so"}
    assert "/" / asterisk.STATUS == bill.PACKED_SWITCH / system.STATUS


@pytest.mark.parametrize("package", ["songhua", "songhua-asterisk"])
def test_removing_and_purging_delete_nothing_and_say_where_the_data_are(package: str, tmp_path: Path) -> None:
    folders = (CHECKOUT / "deploy/tmpfiles.d" / f"{package}.conf").read_text()
    for step in ("remove", "purge"):
        told, _ = script(package, "postrm", [step], tmp_path)
        for path in re.findall(r"^d (\S+)", folders, re.MULTILINE):
            above = [path, *(str(one) for one in Path(path).parents)]
            assert any(f" {one} " in told for one in above), path
    assert script(package, "postrm", ["upgrade", "2"], tmp_path)[0] == ""


@pytest.mark.parametrize("package", ["songhua", "songhua-asterisk"])
def test_an_upgrade_stops_nothing_and_removing_stops_everything(package: str, tmp_path: Path) -> None:
    assert script(package, "prerm", ["upgrade", "2"], tmp_path)[1] == []
    _, called = script(package, "prerm", ["remove"], tmp_path)
    words = {word for line in called for word in line.split()}
    kept = {name for name in UNITS.glob("*.*") if name.is_file() and "WantedBy=" in name.read_text()}
    ours = {one.name for one in kept if (one.name == "asterisk.service") == (package == asterisk.NAME)}
    assert ours <= {word.replace("@*", "@") for word in words}
    _, called = script(package, "postinst", ["configure", "0.0.9"], tmp_path)
    assert not [line for line in called if re.search(r"systemctl (re)?start|try-restart|stop", line)]
    assert "systemctl daemon-reload" in called


def test_users_are_made_before_folders(tmp_path: Path) -> None:
    told, called = script("songhua", "postinst", ["configure", ""], tmp_path)
    assert [line.split()[0] for line in called][:2] == ["systemd-sysusers", "systemd-tmpfiles"]
    assert "songhua init" in told
    assert set(made_folders()) >= {"/etc/songhua", "/var/lib/songhua", "/var/spool/songhua/recordings"}


def script(package: str, name: str, words: Sequence[str], folder: Path) -> tuple[str, list[str]]:
    """What it prints and calls under systemd. There is no program but the shell's own and stand-ins: one that
    deletes something would fail.
    """
    programs, calls, tmpfiles = folder / "bin", folder / "calls", folder / "tmpfiles"
    for one in (programs, tmpfiles):
        one.mkdir(exist_ok=True)
    (tmpfiles / "songhua.conf").touch()
    calls.write_text("")
    for program in ("systemctl", "systemd-sysusers", "systemd-tmpfiles"):
        (programs / program).write_text(f'#!/bin/sh\necho "{program} $*" >> {calls}\n')
        (programs / program).chmod(0o755)
    text = (debs.DEBIAN / package / name).read_text()
    text = text.replace("/run/systemd/system", str(programs)).replace("/usr/lib/tmpfiles.d", str(tmpfiles))
    done = subprocess.run(
        ["/bin/sh", "-c", text, name, *words],
        env={"PATH": str(programs)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout, calls.read_text().splitlines()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package with a setting, a program and a link in it, written as the others are."""
    folder = tmp_path_factory.mktemp("small")
    root = folder / "stage"
    for name, mode in (("etc/a.conf", 0o600), ("usr/bin/run", 0o700), ("usr/share/doc/x/copyright", 0o666)):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
        (root / name).chmod(mode)
    (root / "usr/bin/link").symlink_to("/usr/bin/run")
    return debs.write("songhua-whisper-base", root, folder / "out", {"version": "1:2", "architecture": "all"})


def test_files_of_a_package_are_roots_and_everybody_reads_them(small: Path) -> None:
    assert small.name == "songhua-whisper-base_2_all.deb"
    told = subprocess.run(["dpkg-deb", "-c", small], capture_output=True, text=True, check=True).stdout
    rows = {line.split()[5].lstrip("."): line.split()[:2] for line in told.splitlines()}
    assert rows["/etc/a.conf"] == ["-rw-r--r--", "root/root"]
    assert rows["/usr/bin/run"] == ["-rwxr-xr-x", "root/root"]
    assert rows["/usr/bin/link"][0].startswith("l")
    kept = subprocess.run(["dpkg-deb", "-I", small, "conffiles"], capture_output=True, text=True, check=True)
    assert kept.stdout == "/etc/a.conf\n"
    sums = subprocess.run(["dpkg-deb", "-I", small, "md5sums"], capture_output=True, text=True, check=True)
    assert [line.split()[1] for line in sums.stdout.splitlines()] == [
        "etc/a.conf",
        "usr/bin/run",
        "usr/share/doc/x/copyright",
    ]


@pytest.mark.parametrize("command", ["package", "bundle"])
def test_the_commands_say_what_they_take(command: str) -> None:
    script_file = CHECKOUT / "scripts" / command
    told = subprocess.run([script_file, "--help"], capture_output=True, text=True, check=True, timeout=30)
    assert "--out FOLDER" in told.stdout
    refused = subprocess.run([script_file, "--nothing"], capture_output=True, check=False, timeout=30)
    assert refused.returncode == 2


# The archive for an installation without a network


def test_apt_finds_a_package_in_the_index(small: Path) -> None:
    index = repository.index(small.parent).read_text()
    assert f"Filename: ./{small.name}\n" in index
    assert f"Size: {small.stat().st_size}\n" in index
    assert "Version: 1:2\n" in index


def test_the_archive_installs_what_it_holds() -> None:
    text = bundle.INSTALL.read_text()
    [names] = re.findall(r"set -- (songhua .*)$", text, re.MULTILINE)
    assert set(names.split()) <= {*(one.NAME for one in bundle.OURS), *bundle.BESIDE}
    assert {one.NAME for one in bundle.OURS} <= set(names.split())
    assert f"= {bundle.CODENAME} ]" in text


@pytest.mark.parametrize(
    ("user", "system_name", "wrong", "says"),
    [
        ("1000", "trixie", False, "as root"),
        ("0", "bookworm", False, "Debian 13"),
        ("0", "trixie", True, "damaged"),
    ],
)
def test_what_cannot_be_installed_is_said_before_anything_is_done(
    user: str, system_name: str, wrong: bool, says: str, tmp_path: Path
) -> None:
    (tmp_path / "debs").mkdir()
    (tmp_path / "debs/a.deb").write_text("whole" if not wrong else "torn")
    (tmp_path / "os").write_text(f"VERSION_CODENAME={system_name}\nPRETTY_NAME='A system'\n")
    digest = "f6a7d1ebc1e9a3d7c6c7a6e8cf6c17d5f1d4fa1d4e5d7d4b9a8c2d3e4f5a6b7c"
    (tmp_path / "SHA256SUMS").write_text(f"{digest}  debs/a.deb\n")
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, does in (("id", f"echo {user}"), ("apt-get", f"touch {tmp_path}/asked")):
        (programs / name).write_text(f"#!/bin/sh\n{does}\n")
        (programs / name).chmod(0o755)
    install = tmp_path / "install"
    install.write_text(bundle.INSTALL.read_text().replace("/etc/os-release", str(tmp_path / "os")))
    env = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
    done = subprocess.run(["/bin/sh", install], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert says in done.stderr
    assert not (tmp_path / "asked").exists()

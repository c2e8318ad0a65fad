"""The bill of materials keeps the schema of CycloneDX 1.6, and names what this installation runs with."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from gateway.cli import build
from gateway.sbom.bill import bill
from gateway.sbom.model import SbomComponent, document, purl
from gateway.sbom.packages import console_packages, locked
from gateway.sbom.system import BROUGHT, NEEDED, installed, private_switch
from gateway.settings import Settings
from tests.peers.checkout import CHECKOUT
from tests.scripts.setup_parts import part_of_setup
from tests.speech.models.test_folder import vosk

SERIAL = UUID("018f0000-0000-7000-8000-000000000000")
AT = datetime(2026, 11, 30, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("models")
    vosk(folder / "vosk-model-small-cn")
    settings = Settings(speech={"models": folder, "model": "absent"})
    return asyncio.run(bill(settings, serial=SERIAL, at=AT))


def by_name(made: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in made["components"] if one["name"] == name)


def test_the_bill_keeps_the_schema(made: dict[str, Any]) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(made)) is None


def test_it_names_packages_of_both_languages_and_which_of_them_are_for_tests_alone(
    made: dict[str, Any],
) -> None:
    assert by_name(made, "fastapi")["purl"].startswith("pkg:pypi/fastapi@")
    assert "scope" not in by_name(made, "fastapi")
    assert by_name(made, "pytest")["scope"] == "excluded"
    vue = by_name(made, "vue")
    assert vue["hashes"][0]["alg"] == "SHA-512"
    assert "scope" not in vue
    assert by_name(made, "vite")["scope"] == "excluded"


def test_a_model_has_its_hash_and_what_it_was_compared_with(made: dict[str, Any]) -> None:
    model = by_name(made, "vosk-model-small-cn")
    assert model["type"] == "machine-learning-model"
    assert len(model["hashes"][0]["content"]) == 64
    assert {"name": "songhua:compared-with", "value": "nothing"} in model["properties"]


def test_every_pinned_package_of_the_service_is_on_it(made: dict[str, Any]) -> None:
    named = {one["name"] for one in made["components"]}
    lines = (CHECKOUT / "requirements" / "run.lock").read_text(encoding="utf-8").splitlines()
    here = "\n".join(line for line in lines if ";" not in line)  # what follows it is for other systems
    assert len(locked(here)) > 50
    assert locked(here) <= named


def test_a_gap_is_told_and_not_left_out(tmp_path: Path) -> None:
    made = asyncio.run(bill(Settings(), serial=SERIAL, at=AT, checkout=tmp_path))
    told = " ".join(one["value"] for one in made["metadata"]["properties"])
    assert "run.lock" in told
    assert "package-lock.json" in told
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(made)) is None


def test_the_programs_are_those_that_the_set_up_brings() -> None:
    packages = part_of_setup("packages")
    assert {*packages["PROGRAMS"].values(), *packages["FILES"].values(), "postgresql", "asterisk"} == BROUGHT
    assert NEEDED <= BROUGHT


def test_packages_are_read_from_dpkg() -> None:
    status = (
        "Package: asterisk\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:22.10.1+dfsg-1\n"
        "Description: PBX\n Version: no\n\nPackage: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n"
        "Package: libssl3\nStatus: install ok installed\nVersion: 3.5\n"
    )
    assert installed(status) == {"asterisk": ("1:22.10.1+dfsg-1", "amd64"), "libssl3": ("3.5", "")}
    (switch,) = private_switch(installed(status))
    assert "%2Bdfsg" in switch.purl
    assert [part.name for part in switch.parts] == ["libssl3"]


@given(st.text())
def test_any_status_and_any_lock_are_read(text: str) -> None:
    installed(text)
    locked(text)
    with pytest.raises(ValueError):  # noqa: PT011 - JSON's error is one
        console_packages(f"[{json.dumps(text)}]")


@given(name=st.text(min_size=1), version=st.text(), licence=st.text())
def test_whatever_a_publisher_writes_the_bill_keeps_the_schema(name: str, version: str, licence: str) -> None:
    one = SbomComponent(
        kind="library", name=name, version=version, purl=purl("pypi", name, version), licence=licence
    )
    made = document(one, [one], serial=SERIAL, at=AT)
    assert made["components"][0]["name"] == name
    json.dumps(made)


def test_the_command_writes_a_file(tmp_path: Path) -> None:
    config = tmp_path / "songhua.toml"
    config.write_text(f'[speech]\nmodels = "{tmp_path}"\nmodel = "{tmp_path}/absent"\n', encoding="utf-8")
    file = tmp_path / "sbom.json"
    done = CliRunner().invoke(build(["sbom"]), ["sbom", "--config", str(config), "--output", str(file)])
    assert done.exit_code == 0, done.output
    assert json.loads(file.read_text(encoding="utf-8"))["specVersion"] == "1.6"
    refused = CliRunner().invoke(
        build(["sbom"]), ["sbom", "--config", str(config), "--output", str(tmp_path / "no" / "x")]
    )
    assert refused.exit_code == 1

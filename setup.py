"""Adds to the wheel what the program reads beside its Python packages: templates, schema revisions, the
built console.

They lie in the wheel as in a checkout, so that the program finds them in both by the same path. Everything
else stands in pyproject.toml.
"""

from __future__ import annotations

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
BESIDE = (
    "asterisk-conf", "console/dist", "console/package-lock.json", "deploy", "migrations",
    "requirements/run.lock",
)  # fmt: skip
"""Folders and files. The two lock files are for the bill of materials (`songhua sbom`)."""
BUILT = "console/dist/desk/index.html"


class WithBeside(build_py):
    """`build_py`, and the files of `BESIDE`. An installation of the checkout itself (pip install -e) has
    them already.
    """

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        if not (ROOT / BUILT).is_file():
            raise SystemExit(f"{BUILT} is missing: build the console first (scripts/setup --only console)")
        for file in beside():
            target = Path(self.build_lib, file)
            self.mkpath(str(target.parent))
            self.copy_file(str(ROOT / file), str(target))

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        found: list[str] = super().get_outputs(include_bytecode)
        if self.editable_mode:
            return found
        return [*found, *(str(Path(self.build_lib, file)) for file in beside())]


def beside(root: Path = ROOT) -> list[str]:
    """Paths in the checkout, of files alone."""
    found: list[str] = []
    for name in BESIDE:
        if (root / name).is_dir():
            inside = (file for file in sorted((root / name).rglob("*")) if file.is_file())
            found += [str(file.relative_to(root)) for file in inside if "__pycache__" not in file.parts]
        else:
            found.append(name)
    return found


if __name__ == "__main__":
    setup(cmdclass={"build_py": WithBeside})

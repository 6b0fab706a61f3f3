"""The formats of packages: whose conventions each follows, and how it names machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from everleaf.platform import Platform, manager, platform
from everleaf.platform.service import File, Service, service

# Where packages have what an administrator has below /etc.
_SYSTEMD = {"/etc/systemd/system": "/usr/lib/systemd/system", "/etc/modules-load.d": "/usr/lib/modules-load.d"}
_GO = {"x86_64": "amd64", "aarch64": "arm64", "armhf": "arm7", "mipsel": "mipsle"}  # what nfpm calls machines
_ALPINE = {"armhf": "armv7"}  # whose own armhf is ARMv6
_OPENWRT = {"mips": "mips_24kc", "mipsel": "mipsel_24kc"}  # by core; what is for those of ARM is for many of its names


@dataclass(frozen=True, slots=True)
class Form:
    """One format."""

    name: str
    packager: str  # of nfpm
    platform: str
    binary: str  # what people call; a link to the program
    libraries: str = "/usr/lib/everleaf"  # where the program itself is
    moved: Mapping[str, str] = field(default_factory=dict)  # directories that are others than those of the table

    @property
    def home(self) -> Platform:
        """The platform, as a package sees it."""
        return replace(platform(self.platform), binary=self.binary, versions=self.libraries)

    @property
    def service(self) -> Service:
        """Directories, files and commands of the service."""
        made = service(self.home, manager(self.home.manager))
        return replace(made, files=tuple(self._moved(file) for file in made.files))

    def _moved(self, file: File) -> File:
        directory = self.home.parent(file.path)
        return replace(file, path=file.path.replace(directory, self.moved.get(directory, directory), 1))


FORMS = {
    form.name: form
    for form in (
        Form("deb", "deb", "debian", "/usr/bin/everleaf", moved=_SYSTEMD),
        Form("rpm", "rpm", "fedora", "/usr/bin/everleaf", moved=_SYSTEMD),
        Form("archlinux", "archlinux", "debian", "/usr/bin/everleaf", moved=_SYSTEMD),
        Form("apk", "apk", "alpine", "/usr/bin/everleaf"),
        Form("ipk", "ipk", "openwrt", "/usr/sbin/everleaf"),
        Form("edgeos", "deb", "edgeos", "/usr/sbin/everleaf"),
    )
}


def go_name(machine: str) -> str:
    """A machine's name for nfpm, from that in the names of programs. It knows what most formats make of it."""
    return _GO.get(machine, machine)


def alpine_name(machine: str) -> str:
    """The same for apk, where nfpm would keep Go's word for MIPS."""
    return _ALPINE.get(machine, machine)


def openwrt_name(machine: str) -> str:
    """The same for ipk: opkg installs what is for its own name and for no other."""
    return _OPENWRT.get(machine, machine)

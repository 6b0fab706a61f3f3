"""A lab: hosts on this machine, made of namespaces, without root. `Lab` starts, finds and ends them."""

from everleaf_fleet.lab.host import LabHost
from everleaf_fleet.lab.lab import Lab
from everleaf_fleet.lab.topology import Edge, Topology

__all__ = ["Edge", "Lab", "LabHost", "Topology"]

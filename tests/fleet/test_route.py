from everleaf_fleet.lab.route import View, route


def mesh(parents, wires, costs=None):
    """Views of nodes with one-letter keys; `wires` like "ab bc"."""
    costs = costs or {}
    views = {}
    for key, parent in parents.items():
        peers = [next(end for end in wire if end != key) for wire in wires.split() if key in wire]
        views[key] = View(parent, {peer: costs.get(frozenset((key, peer)), 1) for peer in peers})
    return views


def test_route_follows_the_tree():
    line = mesh({"a": "a", "b": "a", "c": "b", "d": "c"}, "ab bc cd")
    assert route(line, "d", "a") == ["d", "c", "b", "a"]


def test_route_takes_a_wire_beside_the_tree():
    ring = mesh({"a": "a", "b": "a", "c": "b", "d": "a"}, "ab bc cd ad")
    assert route(ring, "c", "d") == ["c", "d"]


def test_route_prefers_the_cheaper_of_two_ways():
    views = mesh({"a": "a", "b": "a", "c": "a", "d": "b"}, "ab ac bd cd", {frozenset("cd"): 1, frozenset("ac"): 9})
    assert route(views, "a", "d") == ["a", "b", "d"]


def test_route_ends_where_nobody_is_nearer():
    apart = mesh({"a": "a", "b": "b"}, "")
    assert route(apart, "a", "b") is None


def test_route_survives_views_that_contradict_each_other():
    looped = mesh({"a": "b", "b": "a", "c": "c"}, "ab")
    assert route(looped, "a", "c") is None


def test_view_reads_the_admin_answers():
    tree = {"tree": [{"key": "aa", "parent": "bb", "sequence": 7}, {"key": "bb", "parent": "bb", "sequence": 1}]}
    peers = {"peers": [{"key": "bb", "cost": 3, "up": True}, {"key": "", "cost": 0, "up": False}]}
    assert View.of("aa", tree, peers) == View("bb", {"bb": 3})

"""Plant each mistake of the table in a copy of the package: the tests of its backend must fail."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from host.mutant import NOTICED, Mutation, run
from host.mutations import MUTATIONS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
BACKENDS = sorted({mutation.of for mutation in MUTATIONS})


@pytest.fixture(scope="module")
def ran(request: pytest.FixtureRequest) -> dict[str, tuple[int, str]]:
    """Every run that the selected tests ask about, as many at once as there are CPUs."""
    selected = {item.callspec.id for item in request.session.items if item.path == request.path}
    mutants = [mutation for mutation in MUTATIONS if mutation.name in selected]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        done = pool.map(lambda mutation: run(mutation.of, mutation), mutants)
        return {mutation.name: result for mutation, result in zip(mutants, done, strict=True)}


@pytest.mark.parametrize("backend", BACKENDS)
def test_backend_passes_without_a_mistake(backend: str) -> None:
    """Else the failures below would show nothing."""
    status, output = run(backend)
    assert status == 0, output


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_mistake_is_noticed(mutation: Mutation, ran: dict[str, tuple[int, str]]) -> None:
    status, output = ran[mutation.name]
    assert status == NOTICED, f"status {status} after: {mutation.old!r} -> {mutation.new!r}\n{output}"

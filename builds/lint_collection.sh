#!/bin/sh
# ansible-lint on the collection as users get it: its own names are found only where collections are looked for.
set -eu
cd "$(dirname "$0")/.."
bin=$PWD/.venv/bin
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"$bin/ansible-galaxy" collection build --output-path "$place" >/dev/null
"$bin/ansible-galaxy" collection install --offline --no-deps -p "$place" "$place"/*.tar.gz >/dev/null 2>&1
cp galaxy.yml "$place/ansible_collections/everleaf/overlay" # which the built one has no more, and which is judged as well
cd "$place/ansible_collections/everleaf/overlay"
ANSIBLE_COLLECTIONS_PATH=$place PATH=$bin:$PATH ansible-lint --offline --strict --profile production -q

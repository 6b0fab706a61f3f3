# Inside the Windows machine of the Vagrantfile; the words are those of machine.sh.
param([Parameter(Mandatory)][ValidateSet("prepare", "build")][string]$What, [string]$Target)
$ErrorActionPreference = "Stop"

function Install-Tools {
    winget install --silent --accept-source-agreements --accept-package-agreements --id Python.Python.3.12
}

function Build-Target {
    if (-not $Target) { throw "build which target?" }
    Set-Location "$PSScriptRoot/../.."
    py -3.12 -m venv .venv
    & .venv/Scripts/pip install --quiet --editable ".[build,dev]"
    & .venv/Scripts/python -m pytest tests/unit
    if ($LASTEXITCODE) { exit $LASTEXITCODE }
    & .venv/Scripts/python -m builds $Target
    exit $LASTEXITCODE
}

if ($What -eq "prepare") { Install-Tools } else { Build-Target }

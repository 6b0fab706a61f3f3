# Inside the Windows machine of the Vagrantfile or of the forge; the words are those of machine.sh.
# What is for Windows is built under wine, on a Debian: "build" runs what dist/ has of that.
param([Parameter(Mandatory)][ValidateSet("prepare", "build")][string]$What, [string]$Target)
$ErrorActionPreference = "Stop"

function Invoke-Program([string]$Program, [string[]]$Words) {
    & $Program @Words
    if ($LASTEXITCODE) { throw "$Program $Words ended with $LASTEXITCODE" }
}

function Test-Target {
    $dist = "$PSScriptRoot/../../dist"
    $file = Get-ChildItem "$dist/everleaf-*-$Target.exe" -ErrorAction SilentlyContinue | Select-Object -Last 1
    if (-not $file) { throw "dist/ has no program for '$Target': make build TARGET=$Target, on a Debian with wine" }
    $room = New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) ([Guid]::NewGuid()))
    Expand-Archive "$dist/$($file.BaseName).zip" $room
    foreach ($program in $file.FullName, "$room/everleaf/everleaf.exe") {
        foreach ($words in @("version"), @("selftest"), @("service", "print"), @("ports")) {
            Invoke-Program $program $words
        }
    }
}

if ($What -eq "build") { Test-Target }

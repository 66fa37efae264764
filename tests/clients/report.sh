#!/usr/bin/env bash
# The documented client in every scenario, and whether docs/REPORT.md tells what becomes of it.
set -euo pipefail
"$PYTHON" tests/clients/documented/report.py

"""SMOKE (half a minute): the short form of `make nemesis` kills a desk of real processes and finds all well."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_killed_workers_and_web_servers_lose_nothing_and_double_no_request():
    played = subprocess.run(
        [sys.executable, "-m", "tests.nemesis", "--quick", "R1", "R3", "D1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert played.returncode == 0, played.stdout + played.stderr[-3000:]
    assert "R1 kill -9 of workers: attempted" in played.stdout
    assert "R3 retried requests: attempted" in played.stdout
    assert "D1 one dead endpoint: attempted" in played.stdout
    assert "BREACH" not in played.stdout

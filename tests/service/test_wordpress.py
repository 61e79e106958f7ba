"""The WordPress example: wp-cli (a stand-in) and curl, against the real service."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from running import CLEAN, SPAM, Running

SCRIPT = Path(__file__).parents[2] / "docs" / "examples" / "wordpress.sh"
WP = """#!/bin/sh
case "$1 $2" in
"post list") echo 7 8 ;;
"post update") echo "$3 $4" >> "$POSTS/log" ;;
"post get")
  case $4 in
  --field=post_content) cat "$POSTS/$3" ;;
  --field=guid) echo "https://blog.example/?p=$3&preview=1" ;;
  *) echo "2026-01-01 10:00:00" ;;
  esac ;;
esac
"""


def test_pending_posts_are_published_or_thrown_away(service: Running, tmp_path: Path) -> None:
    (tmp_path / "wp").write_text(WP)
    (tmp_path / "wp").chmod(0o755)
    (tmp_path / "7").write_bytes(CLEAN)
    (tmp_path / "8").write_bytes(SPAM)
    env = os.environ | {
        "PATH": f"{tmp_path}:{os.environ['PATH']}", "POSTS": str(tmp_path),
        "DETECTOR_URL": service.url, "DETECTOR_KEY": service.key,
    }  # fmt: skip
    subprocess.run(["sh", str(SCRIPT)], env=env, check=True, timeout=60)
    log = (tmp_path / "log").read_text().splitlines()
    assert log == ["7 --post_status=publish", "8 --post_status=trash"]

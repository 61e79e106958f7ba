"""A process that scans the page on its standard input and prints the most memory it had, in MB.

Started anew for each page: a fork's peak begins at what its parent has, and `ru_maxrss` does even
after an exec. `VmHWM` is that of the new program alone.
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

    from detector.scan import Scanner

    page = sys.stdin.buffer.read()
    scanner = Scanner()
    scanner.scan(b"<title>a</title><p>a")  # loads what is loaded once
    seconds = int(sys.argv[1])
    limit = round(time.process_time()) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 1))
    result = scanner.scan(page)
    if result.verdict is None:
        sys.exit(str(result.error))
    status = Path("/proc/self/status").read_text()
    print(int(status.partition("VmHWM:")[2].split()[0]) // 1024)

#!/usr/bin/env python3
"""plain_log.py LOG: a job's log as a person reads it, without timestamps, colours and section marks.

gitlab-runner writes `2026-08-19T08:58:54.000000Z 01O text`: stage, standard Output or Error, then a blank, or a `+` where
the text continues the last line of that stream. A log without these is left as it is.
"""

import re
import sys
from pathlib import Path

STAMP = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z ([0-9a-f]{2}[OE])([ +])(.*)", re.DOTALL)
MARKS = re.compile(r"section_(?:start|end):\d+:\w+\r|\x1b\[[\d;]*[A-Za-z]|\r")

lines: list[str] = []
last: dict[str, int] = {}  # a stream's last line
for line in Path(sys.argv[1]).read_bytes().decode(errors="surrogateescape").split("\n"):
    stamp = STAMP.fullmatch(line)
    if stamp and stamp[2] == "+" and stamp[1] in last:
        lines[last[stamp[1]]] += stamp[3]
        continue
    if stamp:
        last[stamp[1]] = len(lines)
    lines.append(stamp[3] if stamp else line)
sys.stdout.buffer.write(MARKS.sub("", "\n".join(lines)).encode(errors="surrogateescape"))

#!/usr/bin/env python3
"""lacks_password.py LOG PASSWORD: fails when LOG holds PASSWORD, as it is or percent-encoded to any degree."""

import re
import sys
from pathlib import Path

log, password = Path(sys.argv[1]).read_bytes(), sys.argv[2].encode()
one_byte = (b"(?:%s|%%(?i:%02x))" % (re.escape(bytes([byte])), byte) for byte in password)
found = re.search(b"".join(one_byte), log)
if found:
    before = log[: found.start()].splitlines()[-1:]
    sys.exit(f"the password follows {before} in the log")
if not log:
    sys.exit("the log is empty")

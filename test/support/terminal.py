"""Pseudo-terminals for tests: `run COMMAND...` on one, or `port`: a serial receiver that sends lines of hex."""

import os
import pty
import sys
import time
import tty

if sys.argv[1] == "run":
    sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[2:])))

master, slave = pty.openpty()
tty.setraw(slave)
print(os.ttyname(slave), flush=True)
for line in sys.stdin:
    data = bytes.fromhex(line)
    # In two pieces, as a serial line delivers them.
    for piece in (data[:7], data[7:]):
        os.write(master, piece)
        time.sleep(0.02)

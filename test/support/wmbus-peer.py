"""Another decoder of M-Bus (pyMeterBus), for tests.

Reads wired long frames, a line of hex digits each, and writes a line of JSON for each: the first record's value, unit,
storage, tariff and function, or null where it reads none.
"""

import json
import sys

import meterbus

for line in sys.stdin:
    try:
        frame = meterbus.load(bytes.fromhex(line.strip()))
        answer = json.loads(frame.to_JSON())["body"]["records"][0]
    except Exception:  # whatever it stumbles over: no record
        answer = None
    print(json.dumps(answer))

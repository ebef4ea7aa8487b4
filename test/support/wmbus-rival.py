"""Another decoder of M-Bus (pyMeterBus), for the bench: as wmbus-rival.rs. It has no keys for other modes than 5."""

import json
import sys
import time

import meterbus

rounds = int(sys.argv[1])
given = [bytes.fromhex(line.split()[0]) for line in sys.stdin]


def decode(telegram):
    return meterbus.load(telegram).to_JSON()


def is_read(telegram):
    try:
        answer = json.loads(decode(telegram))
        return bool(answer.get("body", answer)["records"])
    except Exception:  # whatever it stumbles over: not read
        return False


read = [i for i, telegram in enumerate(given) if is_read(telegram)]
start = time.process_time()
for _ in range(rounds):
    for i in read:
        decode(given[i])
print(json.dumps({"read": read, "seconds": time.process_time() - start}))

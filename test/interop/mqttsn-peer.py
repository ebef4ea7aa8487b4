"""Other people's MQTT-SN, driven by a line of JSON on stdin: {"what": ..., ...}; answers with lines of JSON on stdout.

what = "client": the client of the package mqttsn against a gateway; "dissect": scapy reads frames (hexadecimal);
"versions": which of them are there.
"""
import contextlib
import importlib.metadata
import io
import json
import os
import sys
import time


def versions():
    found = {}
    for name in ("mqttsn", "scapy"):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


def client(job):
    from mqttsn.client import Callback, Client

    class Inbox(Callback):
        def __init__(self):
            super().__init__()
            self.messages = []

        def message_arrived(self, topic_name, payload, qos, retained, msgid):
            self.messages.append([str(topic_name), payload if isinstance(payload, str) else bytes(payload).decode(), qos])
            return True

    inbox = Inbox()
    peer = Client(job["id"].encode(), host="127.0.0.1", port=job["port"])
    peer.register_callback(inbox)
    # It prints what it publishes.
    with contextlib.redirect_stdout(io.StringIO()):
        peer.connect()
        code, topic = peer.subscribe(job["listen"], job["qos"])
        for payload in job["payloads"]:
            peer.publish(topic, payload, qos=job["qos"])
            time.sleep(0.2)
        print(json.dumps({"ready": True, "code": code}), file=sys.__stdout__, flush=True)
        end = time.time() + 8
        while len(inbox.messages) < job["expect"] and time.time() < end:
            time.sleep(0.05)
    # Without DISCONNECT: its own cannot encode one.
    return {"messages": inbox.messages, "code": code}


def dissect(job):
    from scapy.contrib.mqttsn import MQTTSN

    out = []
    for frame in job["frames"]:
        packet = MQTTSN(bytes.fromhex(frame))
        body = packet.payload
        fields = {name: value for name, value in body.fields.items() if isinstance(value, int)}
        out.append({"len": packet.len, "type": packet.type, "fields": fields, "again": bytes(packet).hex()})
    return out


job = json.loads(sys.stdin.readline())
answer = {"versions": lambda _: versions(), "client": client, "dissect": dissect}[job["what"]](job)
print(json.dumps(answer), flush=True)
# Its receiver is a thread that does not end.
os._exit(0)

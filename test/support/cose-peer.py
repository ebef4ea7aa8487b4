"""Another implementation of COSE (pycose, cbor2) and of ML-DSA and Ed25519 (pyca/cryptography), for tests.

Reads one JSON object from standard input and writes one to standard output. Byte strings are in hex.
"""

import hashlib
import json
import sys

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, mldsa
from pycose.algorithms import CoseAlgorithm
from pycose.messages import CoseMessage, SignMessage
from pycose.messages.signer import CoseSignature

PUBLIC_KEY = -70001
PUBLIC = {-49: mldsa.MLDSA65PublicKey, -50: mldsa.MLDSA87PublicKey, -19: ed25519.Ed25519PublicKey}
PRIVATE = {-49: mldsa.MLDSA65PrivateKey, -50: mldsa.MLDSA87PrivateKey, -19: ed25519.Ed25519PrivateKey}


# pycose is older than RFC 9964 and RFC 9864: it learns the numbers here.
for number in PUBLIC:
    CoseAlgorithm.register_attribute()(type(f"Alg{-number}", (CoseAlgorithm,), {"identifier": number, "fullname": f"ALG{-number}"}))


def header(encoded):
    return cbor2.loads(encoded) if encoded else {}


def read(envelope):
    """Decodes a COSE_Sign and verifies each signature over the Sig_structure that pycose makes."""
    message = CoseMessage.decode(envelope, allow_unknown_attributes=True)
    assert isinstance(message, SignMessage)
    signatures = []
    for signer in message.signers:
        protected = header(signer.phdr_encoded)
        unprotected = {getattr(k, "identifier", k): v for k, v in signer.uhdr.items()}
        key = PUBLIC[protected[1]].from_public_bytes(unprotected[PUBLIC_KEY])
        try:
            key.verify(signer.signature, signer._create_sig_structure())
            holds = True
        except InvalidSignature:
            holds = False
        signatures.append({"alg": protected[1], "kid": protected[4].hex(), "holds": holds})
    content_type = header(message.phdr_encoded)[3]
    return {"contentType": content_type, "payload": message.payload.hex(), "signatures": signatures}


class Signature(CoseSignature):
    """A signature by a key that pycose does not know."""

    seed_key = None

    def compute_signature(self, detached_payload=None):
        return self.seed_key.sign(self._create_sig_structure(detached_payload))


def write(content_type, payload, signers):
    """Makes a COSE_Sign."""
    made = []
    for alg, seed in signers:
        key = PRIVATE[alg]
        key = key.from_seed_bytes(seed) if alg != -19 else key.from_private_bytes(seed)
        public = key.public_key().public_bytes_raw()
        cose_key = {1: 1, -1: 6, -2: public} if alg == -19 else {1: 7, 3: alg, -1: public}
        kid = hashlib.sha256(cbor2.dumps(cose_key, canonical=True)).digest()
        signature = Signature()
        signature._phdr_encoded = cbor2.dumps({1: alg, 4: kid}, canonical=True)
        signature._phdr = {1: alg, 4: kid}
        signature._uhdr = {PUBLIC_KEY: public}
        signature.seed_key = key
        made.append(signature)
    message = SignMessage(phdr={}, uhdr={}, payload=payload, signers=made)
    message._phdr = {3: content_type}
    return {"envelope": message.encode().hex()}


def main():
    request = json.load(sys.stdin)
    task = request["task"]
    if task == "read":
        answer = read(bytes.fromhex(request["envelope"]))
    elif task == "write":
        signers = [(alg, bytes.fromhex(seed)) for alg, seed in request["signers"]]
        answer = write(request["contentType"], bytes.fromhex(request["payload"]), signers)
    elif task == "mu":
        key = mldsa.MLDSA65PrivateKey.from_seed_bytes(bytes.fromhex(request["seed"]))
        answer = {"signature": key.sign_mu(bytes.fromhex(request["mu"])).hex()}
    elif task == "pem":
        key = serialization.load_pem_public_key(request["pem"].encode())
        info = serialization.PublicFormat.SubjectPublicKeyInfo
        again = key.public_bytes(serialization.Encoding.PEM, info).decode()
        answer = {"type": type(key).__name__, "pem": again}
    json.dump(answer, sys.stdout)


main()

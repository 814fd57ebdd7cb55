"""Signs and verifies as others do: securesystemslib, in-toto, and in-toto's attestations.

Nothing here knows more of cofferdam than that a public key is the second word of its file, in base64,
and that `keyid` is the SHA-256 of its bytes.
Exit status: 0 done, 1 refused by the library, 2 anything else.
"""

import base64
import hashlib
import json
import sys

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from google.protobuf import json_format
from in_toto.exceptions import SignatureVerificationError
from in_toto.models.metadata import Metadata
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.statement import Statement
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import CryptoSigner, SSlibKey


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def raw(path):
    """The bytes of a public key."""
    with open(path, encoding="ascii") as file:
        return base64.b64decode(file.read().split()[1], validate=True)


def public(path):
    key = raw(path)
    keyid = hashlib.sha256(key).hexdigest()
    return SSlibKey(keyid, "ed25519", "ed25519", {"public": key.hex()})


def verify(envelope, *keys):
    """Every one of these keys has signed."""
    found = Envelope.from_dict(read(envelope)).verify([public(key) for key in keys], len(keys))
    print(len(found))


def verify_in_toto(envelope, key):
    """The same as asked of in-toto, which reads envelopes with its own type of payload only."""
    wanted = public(key)
    Metadata.load(envelope).verify_signature({"keyid": wanted.keyid, **wanted.to_dict()})


def statement(envelope):
    """The payload as in-toto's own classes read it; fields that they do not know are refused."""
    payload = Envelope.from_dict(read(envelope)).payload
    parsed = Statement.copy_from_pb(json_format.Parse(payload, statement_pb2.Statement()))
    parsed.validate()
    (subject,) = parsed.pb.subject
    version = json_format.MessageToDict(parsed.pb)["predicate"]["version"]
    print(subject.name, subject.digest["sha256"], parsed.pb.predicate_type, int(version))


def new_key(path, holder):
    signer = CryptoSigner.generate_ed25519()
    with open(path, "wb") as file:
        file.write(signer.private_bytes)
    key = bytes.fromhex(signer.public_key.keyval["public"])
    with open(path + ".pub", "w", encoding="ascii") as file:
        file.write(f"ed25519 {base64.b64encode(key).decode()} {holder}\n")


def sign(envelope, key, output, keyid):
    """Adds a signature. `own`: with the id that the library has for the key; `raw`: with ours."""
    with open(key, "rb") as file:
        private = serialization.load_pem_private_key(file.read(), None)
    assert isinstance(private, Ed25519PrivateKey)
    signer = CryptoSigner(private, public(key + ".pub") if keyid == "raw" else None)
    signed = Envelope.from_dict(read(envelope))
    signed.sign(signer)
    with open(output, "w", encoding="utf-8") as file:
        json.dump(signed.to_dict(), file, indent=1)


COMMANDS = {
    "verify": verify,
    "verify-in-toto": verify_in_toto,
    "statement": statement,
    "new-key": new_key,
    "sign": sign,
}

if __name__ == "__main__":
    try:
        COMMANDS[sys.argv[1]](*sys.argv[2:])
    except (VerificationError, SignatureVerificationError) as refused:
        print(f"refused: {type(refused).__name__}", file=sys.stderr)
        sys.exit(1)
    except Exception as error:  # Whatever else it is, it is no verdict on a signature.
        print(f"broken: {type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(2)

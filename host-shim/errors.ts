/**
 * Every error that a user can meet, in one table. docs/errors.md and `mote explain` are made from it.
 * A code is for ever: a row may be reworded, never renumbered, and a number never used again.
 */

/** Exit codes of `mote`, by meaning. */
export const EXIT = { ok: 0, failed: 1, usage: 2, notFound: 3, refused: 4, timedOut: 5, interrupted: 130 } as const;

interface Row {
  code: `MOTE-${number}`;
  exit: number;
  /** `{name}` is filled from the error's details, here and in `help`. */
  message: string;
  /** What to do next; a command where there is one. */
  help: string;
  /** What is behind it, for the reference. */
  about: string;
}

export const ERRORS = {
  internal: {
    code: 'MOTE-1000',
    exit: EXIT.failed,
    message: 'unexpected: {what}',
    help: 'This is a fault of mote. Run again with DEBUG=* to see where, and report it.',
    about: 'Something failed that mote does not know how to name.',
  },
  usage: {
    code: 'MOTE-1001',
    exit: EXIT.usage,
    message: '{what}',
    help: '{command} --help',
    about: 'An argument or a flag is missing, unknown or malformed.',
  },
  'file-missing': {
    code: 'MOTE-1002',
    exit: EXIT.notFound,
    message: '{path} does not exist',
    help: 'Check the path; relative paths start at the current directory.',
    about: 'A file or folder that was named on the command line is not there.',
  },
  'file-unreadable': {
    code: 'MOTE-1003',
    exit: EXIT.failed,
    message: 'cannot read {path}: {why}',
    help: 'Name a file that you may read: ls -l {path}',
    about: 'The path names a folder, or the system refuses to read it.',
  },
  'file-unwritable': {
    code: 'MOTE-1004',
    exit: EXIT.failed,
    message: 'cannot write {path}: {why}',
    help: 'Name a file in a folder that exists and that you may write to.',
    about: 'Nothing was written: files appear under their name only when they are complete.',
  },
  'file-too-big': {
    code: 'MOTE-1005',
    exit: EXIT.failed,
    message: '{path} has {size} bytes, more than the {limit} that are read',
    help: 'Check that it is the file you meant.',
    about: 'No bundle or module is that long, so the file is something else.',
  },
  'not-built': {
    code: 'MOTE-1006',
    exit: EXIT.notFound,
    message: '{path} has not been built',
    help: 'npm run build',
    about: 'The command needs a file that the build makes from the sources.',
  },
  'port-in-use': {
    code: 'MOTE-1007',
    exit: EXIT.failed,
    message: 'port {port} is in use',
    help: 'Choose another with --port, or 0 for any that is free.',
    about: 'Another program listens on the port that the embedded broker was to take.',
  },
  'unknown-code': {
    code: 'MOTE-1008',
    exit: EXIT.notFound,
    message: 'no error has the code {what}',
    help: 'mote explain',
    about: 'Codes look like MOTE-2002; `mote explain` alone lists them all.',
  },
  'tool-missing': {
    code: 'MOTE-1009',
    exit: EXIT.notFound,
    message: 'the command {tool} is not installed',
    help: 'On Debian: apt-get install {packages}',
    about: 'Compiling for a board and emulating its processor need programs that npm cannot bring.',
  },
  'build-failed': {
    code: 'MOTE-1010',
    exit: EXIT.failed,
    message: '{what} does not build: {why}',
    help: 'Correct what the compiler names; if you changed nothing, this is a fault of mote: report it.',
    about: 'A compiler refused sources of mote itself.',
  },

  'bundle-foreign': {
    code: 'MOTE-2001',
    exit: EXIT.failed,
    message: '{what} is not a mote bundle: {why}',
    help: 'mote sign <module> --key <name> --out <file> makes one.',
    about: 'The file does not begin as docs/bundle.cddl says that a bundle does.',
  },
  'bundle-malformed': {
    code: 'MOTE-2002',
    exit: EXIT.failed,
    message: 'the bundle is damaged: {where} {why}',
    help: 'Copy it again, or sign again: mote sign <module> --key <name> --out <file>',
    about:
      'The file begins as a bundle but is cut short, changed, or not in the one encoding that docs/bundle.cddl allows.',
  },
  'bundle-refused': {
    code: 'MOTE-2003',
    exit: EXIT.refused,
    message: 'a device would refuse this bundle ({reason}): {why}',
    help: 'mote verify <bundle> --json shows every check; docs/update-protocol.md lists the reasons.',
    about: 'The bundle is readable, but one of the checks that a device makes before it accepts it does not hold.',
  },
  'manifest-invalid': {
    code: 'MOTE-2004',
    exit: EXIT.usage,
    message: 'the manifest cannot have {field} = {value}: {why}',
    help: 'Correct it in module.json or on the command line; docs/bundle.cddl gives the ranges.',
    about: 'What is to be signed does not fit the manifest format, so no device would accept it.',
  },
  'envelope-too-big': {
    code: 'MOTE-2005',
    exit: EXIT.usage,
    message: 'the signed envelope has {size} bytes; an offer carries {limit}',
    help: 'Sign with fewer keys: one ML-DSA-65 key takes 5.3 KB, an Ed25519 key beside it 0.2 KB.',
    about: 'Manifest and signatures travel in one MQTT message, which docs/update-protocol.md bounds.',
  },
  'no-signer': {
    code: 'MOTE-2006',
    exit: EXIT.usage,
    message: '{why}',
    help: 'mote sign <module> --key <name>; repeat --key for a second signature.',
    about: 'A bundle has one to four signatures, each by another key, and at least one is ML-DSA-65.',
  },
  'base-unusable': {
    code: 'MOTE-2011',
    exit: EXIT.failed,
    message: '{name} cannot be the base of a difference: {why}',
    help: 'Give the .wasm file of the module that the devices run, or a bundle that holds it whole.',
    about: 'mote sign --delta-from wants the module that runs on the devices.',
  },
  'set-incomplete': {
    code: 'MOTE-2012',
    exit: EXIT.usage,
    message: 'these bundles are no whole set: {why}',
    help: 'Give all bundles that were signed together, each once: mote push a.mote b.mote --to <device>',
    about: 'Several bundles were pushed in one command. They must be those that become active together.',
  },
  'source-unreachable': {
    code: 'MOTE-2009',
    exit: EXIT.timedOut,
    message: '{url} cannot be read: {why}',
    help: 'Is the server up, and is the address right? Pushed again, the transfer goes on where it stopped.',
    about: 'A bundle is fetched from a web server piece by piece, and the server did not give the next piece.',
  },
  'source-changed': {
    code: 'MOTE-2010',
    exit: EXIT.failed,
    message: '{url} is another file than it was when the push began',
    help: 'Push again: the new file is another transfer.',
    about: 'The entity tag or the size at the web server changed, so pieces of two files would have been mixed.',
  },
  'pull-local': {
    code: 'MOTE-2013',
    exit: EXIT.usage,
    message: 'a device cannot fetch {name} itself',
    help: 'Name the address of one bundle at a web server that answers ranges, or leave out --pull.',
    about: 'With --pull the device gets the address and fetches the bytes; a file is sent over the broker.',
  },
  'bundle-unsupported': {
    code: 'MOTE-2007',
    exit: EXIT.failed,
    message: 'the bundle is for another mote: its {where} is {value}, which {known}',
    help: 'Use the mote that signed it, or a newer one: mote --version',
    about: 'The bundle follows another version of docs/bundle.cddl, or asks for more than devices of this one have.',
  },

  'file-unknown': {
    code: 'MOTE-2008',
    exit: EXIT.failed,
    message: '{path} is neither a mote bundle nor a WebAssembly module',
    help: 'Check that it is the file you meant.',
    about: 'A bundle begins with the CBOR text "mote-bundle", a module with the bytes 00 61 73 6d.',
  },

  'release-missing': {
    code: 'MOTE-2101',
    exit: EXIT.notFound,
    message: '{place} has no {what}',
    help: 'Check name and tag; mote release push puts a release there.',
    about: 'The registry or the folder does not hold what was asked for.',
  },
  'release-invalid': {
    code: 'MOTE-2102',
    exit: EXIT.failed,
    message: '{place} does not hold a release of mote: {why}',
    help: 'Check the name; mote release create makes a release.',
    about:
      'A release is a Wasm artifact in the OCI layout with a signed envelope as its referrer, and all digests must fit.',
  },
  'release-place': {
    code: 'MOTE-2103',
    exit: EXIT.usage,
    message: '"{place}" is neither a release folder nor the name of one in a registry',
    help: 'Write host/name:tag or host:port/name:tag, or the folder that mote release create made.',
    about: 'A registry is named with its host, a release in it by a tag or a digest, as container images are.',
  },
  'release-folder': {
    code: 'MOTE-2104',
    exit: EXIT.failed,
    message: '{path} exists and is not a release folder',
    help: 'Name another folder with --out.',
    about: 'Releases are added to folders in the OCI image layout; other folders are left alone.',
  },
  'release-breaks': {
    code: 'MOTE-2111',
    exit: EXIT.refused,
    message: '{component} {after} breaks what {before} promised: {what}',
    help: 'Raise the major version in module.json (before 1.0 the minor one), or keep what others rely on; mote schema diff shows all.',
    about:
      'Telemetry, twin and commands are what servers and other modules were made for; a version says when that ends.',
  },
  'schema-invalid': {
    code: 'MOTE-2112',
    exit: EXIT.failed,
    message: '{place} is not a Thing Model of mote: {why}',
    help: 'mote build <module> writes one beside the Wasm: <name>.tm.json',
    about: 'A model is JSON as the W3C defines it (WoT Thing Description 1.1, section 10), derived from schema.ts.',
  },
  'schema-missing': {
    code: 'MOTE-2113',
    exit: EXIT.notFound,
    message: 'the Thing Model that {place} names is not there, or not the one that was signed',
    help: 'Make the release again with mote release create; a bundle alone carries only the digest.',
    about: 'The signed manifest holds the SHA-256 of the model; the model itself lies beside the release.',
  },
  'schema-breaks': {
    code: 'MOTE-2115',
    exit: EXIT.failed,
    message: '{count} changes from {before} to {after} break who relies on it; its version {says}',
    help: 'Keep what others rely on, or raise the major version (before 1.0 the minor one).',
    about: 'mote schema diff found changes that a server or a module made for the earlier version would not survive.',
  },
  'schema-none': {
    code: 'MOTE-2114',
    exit: EXIT.notFound,
    message: '{place} declares no telemetry, no twin and no commands',
    help: 'Write schema.ts beside index.ts; docs/schemas.md shows one.',
    about: 'A module says what it sends and takes in schema.ts.',
  },
  'registry-unreachable': {
    code: 'MOTE-2105',
    exit: EXIT.failed,
    message: 'the registry of {place} cannot be used: {why}',
    help: 'Check the host; a registry on this machine is spoken to by HTTP, every other by HTTPS.',
    about: 'The connection failed, or the answer was none of those that the OCI distribution specification allows.',
  },
  'registry-denied': {
    code: 'MOTE-2106',
    exit: EXIT.refused,
    message: 'the registry does not let you use {place}',
    help: 'Set MOTE_REGISTRY_USER and MOTE_REGISTRY_PASSWORD.',
    about: 'The registry asks for a user, and the one that was given, if any, may not do this.',
  },

  'key-missing': {
    code: 'MOTE-3001',
    exit: EXIT.notFound,
    message: 'there is no key "{name}" in {folder}',
    help: 'mote keys list --keys {folder}',
    about: 'A key is a file <name>.json in the key store, by default .mote/keys.',
  },
  'key-exists': {
    code: 'MOTE-3002',
    exit: EXIT.failed,
    message: 'there is a key "{name}" in {folder} already; it was left as it is',
    help: 'mote keys new <another name>',
    about: 'A key file is never overwritten: devices in the field may trust it.',
  },
  'key-name': {
    code: 'MOTE-3003',
    exit: EXIT.usage,
    message: '"{name}" cannot name a key',
    help: 'Use 1 to 32 of a-z, 0-9, "-" and "_", beginning with a letter or digit.',
    about: "A key's name becomes a file name on every system.",
  },
  'key-damaged': {
    code: 'MOTE-3004',
    exit: EXIT.failed,
    message: '{path} is not a key file: {why}',
    help: 'Restore it from your backup.',
    about: 'The file does not hold what `mote keys new` writes, or its public key does not belong to its seed.',
  },
  'key-exposed': {
    code: 'MOTE-3005',
    exit: EXIT.refused,
    message: 'other users may read the private key {path} (mode {mode})',
    help: 'chmod 600 {path}',
    about:
      'A signature is worth what its key is worth, so mote does not sign with a key that others could have copied.',
  },
  'trust-invalid': {
    code: 'MOTE-3006',
    exit: EXIT.usage,
    message: '"{what}" is neither a key of {folder} nor a thumbprint of 64 hex digits',
    help: 'mote keys list --keys {folder} shows names and thumbprints.',
    about: 'Trust is given to a key of the key store by its name, or to any key by its COSE Key Thumbprint (RFC 9679).',
  },

  'key-locked': {
    code: 'MOTE-3007',
    exit: EXIT.refused,
    message: '{path} is locked: {why}',
    help: 'Run it on a terminal, which asks, or set MOTE_PASSPHRASE.',
    about: 'The private key is encrypted (scrypt, AES-256-GCM); without its passphrase nobody can sign with it.',
  },
  'key-public': {
    code: 'MOTE-3008',
    exit: EXIT.usage,
    message: 'the public key cannot be used: {why}',
    help: 'Export it as SubjectPublicKeyInfo in PEM, as "openssl pkey -pubout" does.',
    about:
      'A key that a command signs with is entered with its public part (RFC 8410 for Ed25519, RFC 9881 for ML-DSA).',
  },
  'signer-failed': {
    code: 'MOTE-3009',
    exit: EXIT.failed,
    message: 'the key {name} did not sign: {why}',
    help: 'Run its command by hand: it reads standard input and writes the raw signature to standard output.',
    about:
      'The private key is with a command, which gets the message representative of ML-DSA (64 bytes) or the message of Ed25519.',
  },
  'keys-invalid': {
    code: 'MOTE-3010',
    exit: EXIT.failed,
    message: '{path} is not a key set: {why}',
    help: 'mote keys rotate makes one; docs/bundle.cddl has its form.',
    about: 'A key set says which keys may sign, and the root keys sign it.',
  },
  'keys-refused': {
    code: 'MOTE-3011',
    exit: EXIT.refused,
    message: 'a device would not take this key set: {why}',
    help: 'Name the root keys of the set in force with --root; as many as its threshold says have to sign.',
    about: 'A key set has to be newer than the one in force and signed by enough of its roots.',
  },
  'rollout-invalid': {
    code: 'MOTE-3012',
    exit: EXIT.failed,
    message: '{path} is not a rollout: {why}',
    help: 'mote rollout makes one; docs/bundle.cddl has its form.',
    about:
      'A rollout says which devices are to have which bundles; devices whose key set names rollout keys ask for one.',
  },

  'module-missing': {
    code: 'MOTE-4001',
    exit: EXIT.notFound,
    message: '{path} is not a module: it has no module.json',
    help: 'ls modules lists the modules of this repository.',
    about: 'A module is a folder with module.json (name, version, budgets, grants) and index.ts.',
  },
  'module-invalid': {
    code: 'MOTE-4002',
    exit: EXIT.failed,
    message: 'the module {path} does not build: {why}',
    help: 'Correct the source, then: mote build {path}',
    about: "The module's source, its module.json or its budgets are wrong; the message says where.",
  },
  'wasm-invalid': {
    code: 'MOTE-4003',
    exit: EXIT.failed,
    message: '{path} is not a WebAssembly module: {why}',
    help: 'mote build <module> makes one.',
    about: 'The bytes are not a core WebAssembly module in the binary format.',
  },

  'no-manifest': {
    code: 'MOTE-4004',
    exit: EXIT.notFound,
    message: '{path} comes without a description: there is no {file}',
    help: 'Name the module folder instead, or its description with --manifest <module.json>',
    about: 'Wasm alone says nothing of its name, version, budgets and grants; module.json does.',
  },
  'budget-exceeded': {
    code: 'MOTE-4005',
    exit: EXIT.failed,
    message: '{name} does not run within its own budgets: {why}',
    help: 'Raise the budget in module.json, or make the module smaller.',
    about:
      'The kernel ended the module on its own budgets of memory, stack or fuel, or the module failed as it started.',
  },

  'broker-unreachable': {
    code: 'MOTE-5001',
    exit: EXIT.failed,
    message: 'no MQTT broker answers at {url}: {why}',
    help: 'mote run starts a board with a broker of its own; or name yours with --broker mqtt://host:port',
    about: 'The connection was refused or ended before the broker accepted it.',
  },
  'broker-url': {
    code: 'MOTE-5002',
    exit: EXIT.usage,
    message: '"{url}" is not the address of a broker',
    help: 'Write mqtt://host:port or mqtts://host:port',
    about: 'Schemes are mqtt, mqtts, ws and wss.',
  },
  'topic-invalid': {
    code: 'MOTE-5003',
    exit: EXIT.usage,
    message: '"{topic}" does not name a device',
    help: 'Write its base topic in four parts, org/edge/type/thing, each of 1 to 32 letters, digits, "_" and "-".',
    about:
      'The topics of a device begin with {org}/{edge}/{thing_type}/{thing}; NATS and other brokers take no other characters.',
  },
  'chaos-invalid': {
    code: 'MOTE-5011',
    exit: EXIT.usage,
    message: '{text} is no chaos',
    help: 'Write cut@N, N from 1 to {most}: the power is cut at the N-th write or erase of flash.',
    about: 'The value of --chaos could not be read.',
  },
  'chaos-deaf': {
    code: 'MOTE-5012',
    exit: EXIT.timedOut,
    message: '{device} does not take part in chaos',
    help: 'Only an emulated board does that was started with: mote run --chaos',
    about: 'A power cut was asked for and the device did not say that it would happen. Nothing was sent to it.',
  },
  'device-silent': {
    code: 'MOTE-5004',
    exit: EXIT.timedOut,
    message: '{device} did not answer for {seconds} s{detail}',
    help: 'Is it running, at this broker, under this name? mote run --name {device}',
    about: 'The offer was repeated every second and no report about it came back.',
  },
  'push-stalled': {
    code: 'MOTE-5005',
    exit: EXIT.timedOut,
    message: '{device} has been {state} for {seconds} s without progress{detail}',
    help: 'Push the same bundle again: the transfer goes on where it stopped.',
    about: 'The device answered at first and then made no progress. It is unharmed: what it ran still runs.',
  },
  'device-refused': {
    code: 'MOTE-5006',
    exit: EXIT.refused,
    message: '{device} refused the bundle: {reason}',
    help: 'mote verify <bundle> makes the same checks here; docs/update-protocol.md lists the reasons.',
    about: 'The device checked the bundle, found a reason not to take it, and is as it was.',
  },
  'device-reverted': {
    code: 'MOTE-5007',
    exit: EXIT.failed,
    message: '{device} tried the module and went back to the one before: {reason}',
    help: 'Correct the module, then build, sign and push again; docs/update-protocol.md lists the reasons.',
    about:
      'The module did not pass its trial: it must start, stay healthy and reach its broker before it is confirmed.',
  },
  'broker-refused': {
    code: 'MOTE-5008',
    exit: EXIT.refused,
    message: 'the broker at {url} does not let you in: {why}',
    help: 'Set MOTE_BROKER_USER and MOTE_BROKER_PASSWORD, or MOTE_BROKER_CERT and MOTE_BROKER_KEY; docs/brokers.md tells more.',
    about: 'The broker answered the CONNECT with a code that means: not authorized, or not with these credentials.',
  },
  'broker-credentials': {
    code: 'MOTE-5009',
    exit: EXIT.usage,
    message: 'the credentials for the broker cannot be used: {why}',
    help: 'MOTE_BROKER_CA, MOTE_BROKER_CERT and MOTE_BROKER_KEY name PEM files, MOTE_BROKER_TOKEN_FILE a file with a token.',
    about: 'Certificates, keys and tokens are read from files, so that no secret stands on a command line.',
  },
  'publish-denied': {
    code: 'MOTE-5010',
    exit: EXIT.refused,
    message: 'the broker does not let you publish to {topic}: {why}',
    help: "Ask for the right to publish there; a broker's rules are called ACL in most of them.",
    about: 'MQTT 5 brokers say why they take no publication (PUBACK); it is not sent again.',
  },
  'subscribe-denied': {
    code: 'MOTE-5020',
    exit: EXIT.refused,
    message: 'the broker does not let you subscribe to {filter}',
    help: "Ask for the right to read there; a broker's rules are called ACL in most of them.",
    about: 'The broker answered the SUBSCRIBE with a refusal (SUBACK 0x80 and above).',
  },

  'twin-conflict': {
    code: 'MOTE-5101',
    exit: EXIT.refused,
    message: 'the twin of {device} is at version {found}, not {wanted}: nothing was changed',
    help: 'Look at it again with mote device twin --on {device}, then repeat the change.',
    about:
      'Somebody else has set the desired document meanwhile; a change is made over the version that it was made for.',
  },
  'twin-invalid': {
    code: 'MOTE-5102',
    exit: EXIT.usage,
    message: 'no device takes this document: {why}',
    help: 'A document is a JSON object of at most 1024 bytes in CBOR, nested at most 8 deep.',
    about: 'The twin of a device has bounds (docs/delivery.md).',
  },
  'twin-not-applied': {
    code: 'MOTE-5103',
    exit: EXIT.timedOut,
    message: '{device} keeps version {version}, but no module has accepted it within {seconds} s',
    help: 'Look at the log of the module: it may refuse the document. The device offers it again at the next start.',
    about: 'The desired document is in the journal of the device; a module decides whether it follows it.',
  },
  'command-unanswered': {
    code: 'MOTE-5111',
    exit: EXIT.timedOut,
    message: '{device} gave no final answer within {seconds} s',
    help: 'Ask again with --id {id}: a command that ran does not run twice, and its answer is repeated.',
    about: 'The request was repeated; it, or its answer, may still be under way. Its outcome is not known here.',
  },
  'command-rejected': {
    code: 'MOTE-5112',
    exit: EXIT.refused,
    message: 'the device rejects the command {name}: {why}',
    help: 'docs/delivery.md has the bounds: an expiry within 24 h, at most 512 bytes of arguments.',
    about: 'The command was not begun and is not remembered.',
  },
  'command-invalid': {
    code: 'MOTE-5113',
    exit: EXIT.usage,
    message: 'no device takes the command {name}: {why}',
    help: 'Names have 1 to 32 letters, digits, "_", "." and "-"; ids 8 to 16 bytes; arguments at most 512 bytes.',
    about: 'The request is outside of what docs/delivery.md defines, so it was not sent.',
  },
  'command-failed': {
    code: 'MOTE-5114',
    exit: EXIT.failed,
    message: 'the command {name} failed on {device}{why}',
    help: 'Its result, if there is one, may say why; --json shows it.',
    about: 'The module that handles the command ran it and said no.',
  },
  'command-expired': {
    code: 'MOTE-5115',
    exit: EXIT.timedOut,
    message: 'the command {name} came to {device} too late: it was not begun',
    help: 'Give it more time with --expires.',
    about: 'A command that has not begun at its expiry never begins.',
  },
  'command-no-clock': {
    code: 'MOTE-5116',
    exit: EXIT.refused,
    message: '{device} does not know the time, so it did not begin the command {name}',
    help: 'Wait until it has the time, or call a command that may be repeated with --class 1 and --no-expiry.',
    about: 'Without a clock a device cannot tell whether a command has expired.',
  },
  'command-unknown': {
    code: 'MOTE-5117',
    exit: EXIT.failed,
    message: '{device} began the command {name} and does not know how it ended',
    help: 'Look at what it reports (mote device twin), then decide whether to call again under a new id.',
    about: 'A reset came, or the handler gave no answer, after the command had begun. It is not begun again.',
  },
  'command-not-found': {
    code: 'MOTE-5118',
    exit: EXIT.notFound,
    message: 'no module on {device} handles the command {name}',
    help: 'mote schema show <module> lists the commands of a module.',
    about: 'The modules that run there have not asked for a command of this name.',
  },
  'command-conflict': {
    code: 'MOTE-5119',
    exit: EXIT.refused,
    message: 'the twin of {device} has another version: the command {name} was not begun',
    help: 'Look at it with mote device twin --on {device}, then decide.',
    about: 'The command was to run over one version of the desired document only.',
  },
  'command-forgotten': {
    code: 'MOTE-5120',
    exit: EXIT.failed,
    message: '{device} no longer remembers whether it ran the command {name}; it does not begin it now',
    help: 'Look at its audit (mote device logs --audit), then decide whether to call again under a new id.',
    about: 'A device remembers 64 commands; what has expired makes room. An id from before that is never begun again.',
  },
  'audit-broken': {
    code: 'MOTE-5121',
    exit: EXIT.refused,
    message: 'the audit of {device} was changed: entry {index}: {why}',
    help: 'Entries before it hold. Keep the store as it is: it is evidence.',
    about: 'Each entry holds the hash of the one before; this one does not fit.',
  },
  'store-damaged': {
    code: 'MOTE-5122',
    exit: EXIT.failed,
    message: '{path} is damaged in line {line}',
    help: 'Restore it from a backup, or name another folder with --store.',
    about: 'A receiver only appends whole lines; a line before the last was changed by something else.',
  },
  'value-invalid': {
    code: 'MOTE-5123',
    exit: EXIT.usage,
    message: '{what} is not JSON: {why}',
    help: 'Quote it for the shell: single quotes around the whole, double quotes inside.',
    about: 'Documents and arguments are written as JSON on the command line and sent as CBOR.',
  },
  'device-unknown': {
    code: 'MOTE-5124',
    exit: EXIT.notFound,
    message: 'the broker keeps nothing of {device}',
    help: 'Is it this broker, and is the name right? Without --last the device itself is asked.',
    about: 'A device leaves its last report and its state with the broker; this broker has neither.',
  },
  'store-locked': {
    code: 'MOTE-5125',
    exit: EXIT.failed,
    message: '{path} is held by process {pid} on {host}',
    help: 'One receiver writes to a folder at a time: end that one, or name another folder with --store.',
    about:
      'Two receivers on one folder would take the same records twice. A lock whose process has gone is taken over; remove a lock of another machine by hand.',
  },

  'telegram-malformed': {
    code: 'MOTE-6001',
    exit: EXIT.failed,
    message: 'the telegram cannot be read: {why}',
    help: 'Write two hex digits for each byte, from the L field on.',
    about: 'A telegram is given as hex digits, with or without blanks between the bytes.',
  },
  'telegram-key': {
    code: 'MOTE-6002',
    exit: EXIT.failed,
    message: 'the key cannot be read: {why}',
    help: 'Write 32 hex digits.',
    about: 'Security modes of EN 13757-7 use keys of 16 bytes.',
  },
  'telegram-line': {
    code: 'MOTE-6003',
    exit: EXIT.failed,
    message: 'the line is not {"telegram": hex, "key"?: hex}: {why}',
    help: 'echo \'{"telegram":"2E44…"}\' | mote wmbus decode',
    about:
      'Standard input has one telegram a line: its hex digits alone, or JSON Lines with the telegram and, where it is encrypted, the key.',
  },
  'telegrams-failed': {
    code: 'MOTE-6004',
    exit: EXIT.failed,
    message: '{failed} of {total} telegrams could not be decoded',
    help: 'Look at "error" in the lines with "ok":false.',
    about: 'Every telegram has its line of output; those that failed say why.',
  },
  'codec-trap': {
    code: 'MOTE-6005',
    exit: EXIT.failed,
    message: 'the decoder gave up on this telegram: {why}',
    help: 'This is a fault of mote. Report it with the telegram.',
    about: 'The decoder module trapped, which it never should; it was started afresh for the next telegram.',
  },
  'senml-malformed': {
    code: 'MOTE-6006',
    exit: EXIT.failed,
    message: 'a publication is no SenML pack: {why}',
    help: 'Look at the module that publishes on this topic: mote inspect <bundle>',
    about: 'Readings are SenML in CBOR (RFC 8428), with decimal fractions as numbers.',
  },
  'settings-name': {
    code: 'MOTE-7006',
    exit: EXIT.usage,
    message: '{path} belongs to the device {found}, not to {name}',
    help: 'Leave --name out, or name another file with --settings.',
    about: "A device's name is part of its settings, and what it publishes appears under it.",
  },
  'board-unknown': {
    code: 'MOTE-7101',
    exit: EXIT.notFound,
    message: 'there is no board "{name}": there are {known}',
    help: 'mote board list',
    about: 'The name is not that of a description in runtime/boards.',
  },
  'board-invalid': {
    code: 'MOTE-7102',
    exit: EXIT.failed,
    message: '{path} does not describe a board: {why}',
    help: 'runtime/boards/a0.json is an example, runtime/boards/board.schema.json its form.',
    about: 'A description of a board was read and something in it cannot be.',
  },
  'trace-invalid': {
    code: 'MOTE-7103',
    exit: EXIT.failed,
    message: '{path} is no trace of buses: {why}',
    help: 'host-shim/parts/trace.ts tells the form; "mote run --board virtual --record FILE" writes one.',
    about: 'A file that was to stand for parts has a line that is none of a trace, or no line of one.',
  },
  'project-occupied': {
    code: 'MOTE-7201',
    exit: EXIT.refused,
    message: '{path} is there already and not empty: {found}',
    help: 'Name a folder that does not exist yet: mote init <folder>',
    about: 'A project is written into a new or an empty folder; nothing is ever replaced.',
  },
  'name-invalid': {
    code: 'MOTE-7202',
    exit: EXIT.usage,
    message: '"{name}" cannot be the name of {what}: it has to be {form}',
    help: 'Choose another name; the name of a project is that of its folder.',
    about: 'Names become those of modules on devices, of files and of classes.',
  },
  'template-board': {
    code: 'MOTE-7203',
    exit: EXIT.usage,
    message: 'the template {template} needs {what}, which the board {board} does not have',
    help: 'mote board show {board}; or leave --board out: the virtual board has it.',
    about: 'A template uses pins, buses and parts by the names in the description of a board.',
  },
  'driver-exists': {
    code: 'MOTE-7204',
    exit: EXIT.refused,
    message: '{path} is there already',
    help: 'Choose another name: mote add driver <name> --bus <bus>',
    about: 'A driver comes as three files; when one of them exists, none is written.',
  },
  'tests-none': {
    code: 'MOTE-7211',
    exit: EXIT.notFound,
    message: 'there is no test in {path} (looked for *.test.ts and *.scenario.yaml with {filters} in their path)',
    help: 'docs/testing.md shows both forms; mote init writes a project that has them.',
    about: 'A run without a test would say that all is well.',
  },
  'tests-failed': {
    code: 'MOTE-7212',
    exit: EXIT.failed,
    message: '{failed} of {total} tests failed in {path}',
    help: 'Look at the first failure above; run it alone with mote test {path} <part of its file name>',
    about: 'At least one test of the module did not hold.',
  },
  'scenario-invalid': {
    code: 'MOTE-7213',
    exit: EXIT.failed,
    message: '{path}:{line}: {why}',
    help: 'docs/testing.md lists the steps of a scenario and what each takes.',
    about: 'A scenario is checked as a whole before any of its steps runs.',
  },
  'flash-size': {
    code: 'MOTE-7001',
    exit: EXIT.failed,
    message: '{path} has {size} bytes, but the flash of this board has {expected}',
    help: 'Name another file, or move this one away: an erased one is made in its place.',
    about: 'The file is not the flash image of a board with this layout. It was not changed.',
  },
  'device-damaged': {
    code: 'MOTE-7002',
    exit: EXIT.failed,
    message: '{path} does not describe a device: {why}',
    help: 'Correct that entry, or restore the file from your backup.',
    about: 'A device file holds identity, trusted thumbprints and keys as JSON; unknown entries are refused.',
  },
  'board-boot': {
    code: 'MOTE-7003',
    exit: EXIT.failed,
    message: 'the board {name} cannot boot: {why}',
    help: 'npm run build',
    about: 'The kernel or the built-in module that it starts first is missing or was refused.',
  },
  'board-crashed': {
    code: 'MOTE-7004',
    exit: EXIT.failed,
    message: 'the kernel of the board {name} crashed: {why}. Its last words:\n{log}',
    help: 'This is a fault of mote. Report it with these lines.',
    about: 'A module that traps ends alone; here the kernel itself trapped, which it never should.',
  },
  'board-gave-up': {
    code: 'MOTE-7005',
    exit: EXIT.failed,
    message: 'the board {name} gave up after {resets} resets within {seconds} s. Its last words:\n{log}',
    help: 'Look for the line in which the supervisor ends, and correct what it says.',
    about: 'A board whose supervisor ends resets itself; the emulator does not repeat that for ever.',
  },

  'gateway-silent': {
    code: 'MOTE-8001',
    exit: EXIT.timedOut,
    message: 'no MQTT-SN gateway answered at {host}:{port} for {seconds} s',
    help: 'mote gateway mqtt-sn --broker mqtt://host:port starts one; or name yours with --host and --port.',
    about: 'Requests were repeated and nothing came back, or the name of the host has no address.',
  },
  'gateway-refused': {
    code: 'MOTE-8002',
    exit: EXIT.refused,
    message: 'the MQTT-SN gateway refused {what}: {reason}',
    help: 'Is its broker running, does it know the predefined topic, and may you use the topic?',
    about:
      'The gateway answered with a return code of MQTT-SN 1.2, section 5.3.10. "congestion" means: try again later.',
  },
  'sn-argument': {
    code: 'MOTE-8003',
    exit: EXIT.usage,
    message: 'MQTT-SN cannot carry {what}: {why}',
    help: 'A client id has 1 to 23 octets, a short topic 2, a datagram 512.',
    about: 'The client module refused the argument; the word is a refusal of modules/mqtt-sn.',
  },
  'gateway-address': {
    code: 'MOTE-8004',
    exit: EXIT.usage,
    message: '"{gateway}" is not the address of an MQTT-SN gateway',
    help: 'Write host:port, for example 127.0.0.1:10000; an IPv6 address in brackets.',
    about: 'A gateway is reached by UDP, at a host and a port.',
  },
  'profile-unknown': {
    code: 'MOTE-8005',
    exit: EXIT.usage,
    message: 'there is no profile "{profile}"',
    help: 'Write plain, or magistrala:<tenant>:<channel>; docs/brokers.md tells more.',
    about: 'A profile says below which topics a platform wants the devices to be.',
  },
  'port-missing': {
    code: 'MOTE-9001',
    exit: EXIT.notFound,
    message: 'there is no serial port {path}',
    help: 'Connect the board; ports of USB devices now: {others}',
    about: 'On Linux a board shows as /dev/ttyACM0 or /dev/ttyUSB0, on macOS as /dev/cu.usbmodem…, on Windows as COM3.',
  },
  'port-refused': {
    code: 'MOTE-9002',
    exit: EXIT.failed,
    message: 'the serial port {path} does not open: {why}',
    help: 'Close the program that uses it. On Linux your account must be in the group dialout.',
    about: 'The system refuses the port: another program holds it, or you lack the right to use it.',
  },
  'chip-silent': {
    code: 'MOTE-9003',
    exit: EXIT.timedOut,
    message: 'the chip does not answer: {why}',
    help: 'Hold BOOT, press and release RESET, then run the command again.',
    about: 'The ROM loader of the chip could not be reached at this port.',
  },
  'chip-wrong': {
    code: 'MOTE-9004',
    exit: EXIT.refused,
    message: 'this is an {chip}, not an {wanted}',
    help: 'Check the port: another board may be connected. Nothing was written.',
    about: 'The firmware runs on the ESP32-C6.',
  },
  'flash-image': {
    code: 'MOTE-9005',
    exit: EXIT.refused,
    message: '{name} cannot be flashed: {why}',
    help: 'Check the file and its address; docs/hardware.md shows the memory map. Nothing was written.',
    about: 'Boot images are checked for their format and chip, every part for its place in the flash.',
  },
  'flash-failed': {
    code: 'MOTE-9006',
    exit: EXIT.failed,
    message: 'the flash could not be written: {why}',
    help: 'Run the command again, with a lower --baud if it fails often. The firmware on the board is damaged until then.',
    about: 'The chip reported an error, or what it holds is not what was sent (MD5).',
  },
} as const satisfies Record<string, Row>;

export type ErrorKey = keyof typeof ERRORS;

/** The `{names}` in a template. */
type Names<T extends string> = T extends `${string}{${infer Name}}${infer Rest}`
  ? (Name extends `${string}"${string}` ? never : Name) | Names<Rest>
  : never;

/** What has to be told about an error of this kind: the names in its message and help. */
export type Details<K extends ErrorKey> = Record<
  Names<(typeof ERRORS)[K]['message'] | (typeof ERRORS)[K]['help']>,
  string | number
>;

/** An error that the user can act on. `code` and `exit` are stable; `message` and `help` are for people. */
export class MoteError extends Error {
  readonly key: ErrorKey;
  readonly code: string;
  readonly exit: number;
  readonly help: string;
  readonly details: Readonly<Record<string, string | number>>;

  constructor(key: ErrorKey, details: Readonly<Record<string, string | number>>, options?: ErrorOptions) {
    const row: Row = ERRORS[key];
    super(fill(row.message, details), options);
    this.name = 'MoteError';
    this.key = key;
    this.code = row.code;
    this.exit = row.exit;
    this.help = fill(row.help, details);
    this.details = details;
  }

  /** What `--json` prints. */
  toJSON(): { code: string; message: string; help: string } {
    return { code: this.code, message: this.message, help: this.help };
  }
}

/** A `MoteError` whose details the compiler has checked against the table. */
export function fault<K extends ErrorKey>(key: K, details: Details<K>, cause?: unknown): MoteError {
  return new MoteError(key, details, cause === undefined ? undefined : { cause });
}

/** The row of a code such as `MOTE-2002` (case and prefix do not matter), or undefined. */
export function findError(code: string): (Row & { key: ErrorKey }) | undefined {
  const wanted = `MOTE-${code.trim().replace(/^mote-/i, '')}`;
  const key = (Object.keys(ERRORS) as ErrorKey[]).find((k) => ERRORS[k].code === wanted);
  return key && { key, ...ERRORS[key] };
}

/** docs/errors.md. */
export function errorReference(): string {
  const rows = Object.values<Row>(ERRORS).map(
    ({ code, exit, message, help, about }) =>
      `## ${code}\n\n\`${message}\`\n\n${about}\n\n- Exit code: ${exit}\n- Next: ${html(help)}\n`,
  );
  return `# Errors\n\nMade from \`host-shim/errors.ts\`; \`mote explain <code>\` prints the same.\n\n${rows.join('\n')}`;
}

const html = (text: string): string => text.replace(/[<>]/g, (c) => (c === '<' ? '&lt;' : '&gt;'));

function fill(template: string, details: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => (name in details ? String(details[name]) : whole));
}

import { Args, Flags } from '@oclif/core';
import type { KeyInfo } from '../../../host-shim/release/keystore.ts';
import { MoteCommand } from '../../base.ts';
import { keysFlag } from '../../flags.ts';

export default class KeysNew extends MoteCommand {
  static override summary = 'Make a signing key.';
  static override description =
    `Without --algorithm it is a pair: <name> for ML-DSA-65 and <name>-ed25519 beside it, so that a flaw in one family forges
nothing. The private key is a 32-byte seed in a file that only you can read; keep a copy in a safe place. --encrypt
puts it under a passphrase (from the terminal or MOTE_PASSPHRASE); root keys always are. With --command the private key is
elsewhere, in a token or a service: the command gets the 64-byte message representative of ML-DSA (FIPS 204, external mu;
for Ed25519 the message) on standard input and writes the raw signature. A device trusts a key by its thumbprint (COSE Key
Thumbprint, RFC 9679). A key file is never overwritten.`;
  static override examples = [
    { description: 'Keys to sign releases with', command: '<%= config.bin %> keys new release' },
    { description: 'A root key', command: '<%= config.bin %> keys new root-a --algorithm ML-DSA-87' },
    {
      description: 'A key in a token',
      command: '<%= config.bin %> keys new token --public token.pem --command ./sign-with-token --command slot-1',
    },
  ];
  static override args = {
    name: Args.string({ ignoreStdin: true, required: true, description: 'a-z, 0-9, "-" and "_", at most 32' }),
  };
  static override flags = {
    algorithm: Flags.option({
      description: 'one key: ML-DSA-65 signs modules, ML-DSA-87 is for roots; default: ML-DSA-65 with Ed25519',
      options: ['ML-DSA-65', 'ML-DSA-87', 'Ed25519'] as const,
    })(),
    encrypt: Flags.boolean({ description: 'under a passphrase; default for ML-DSA-87', allowNo: true }),
    command: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      description: 'what signs: a program, then each argument of it with another --command',
      dependsOn: ['public'],
      exclusive: ['algorithm', 'encrypt'],
      helpValue: 'WORD',
    }),
    public: Flags.string({
      description: 'public key of what the command signs with, in PEM',
      dependsOn: ['command'],
      helpValue: 'FILE',
    }),
    keys: keysFlag,
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(KeysNew);
    const { companionOf, enterKey, newKey } = await import('../../../host-shim/release/keystore.ts');
    const { readBounded } = await import('../../../host-shim/files.ts');
    const made: KeyInfo[] = [];
    if (flags.command !== undefined) {
      const pem = Buffer.from(await readBounded(flags.public!, 65_536)).toString('utf8');
      made.push(await enterKey(flags.keys, args.name, flags.command, pem));
    } else {
      const { newPassphrase } = await import('../../passphrase.ts');
      const { algorithm, encrypt = algorithm === 'ML-DSA-87' } = flags;
      const passphrase = encrypt ? await newPassphrase(args.name) : undefined;
      made.push(await newKey(flags.keys, args.name, algorithm, passphrase));
      if (algorithm === undefined) made.push(await newKey(flags.keys, companionOf(args.name), 'Ed25519', passphrase));
    }
    for (const { name, algorithm, kid } of made) this.log(`${name}  ${algorithm}  ${kid}`);
    const files = made.map(({ name }) => `${flags.keys}/${name}.json`).join(' and ');
    this.note(`written to ${files}; keep a copy in a safe place`);
    const [key, companion] = made;
    return { ...key, ...(companion && { companion }) };
  }
}

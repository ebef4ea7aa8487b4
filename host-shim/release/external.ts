/**
 * A private key that is somewhere else: a command signs with it. For ML-DSA it gets µ, the 64-byte message representative
 * of FIPS 204 (algorithm 7, line 6: "external µ"), so that neither message nor key has to travel; for Ed25519, which signs
 * whole messages, the message.
 */
import { spawnSync } from 'node:child_process';
import { shake256 } from '@noble/hashes/sha3.js';
import { fault } from '../errors.ts';
import type { Algorithm } from './algorithms.ts';
import type { Signer } from './cose.ts';

const TIMEOUT_MS = 120_000;

/**
 * The command gets the bytes on its standard input and answers with the raw signature on its standard output; MOTE_ALG
 * and MOTE_KID in its environment say for which key. What it answers is verified. `name`: for messages.
 */
export function commandSigner(
  algorithm: Algorithm,
  publicKey: Uint8Array,
  kid: string,
  command: string[],
  name: string,
): Signer {
  return {
    algorithm,
    publicKey,
    sign(message) {
      const failed = (why: string) => fault('signer-failed', { name, why: why.replace(/\p{Cc}/gu, ' ').trim() });
      const input = algorithm.name === 'Ed25519' ? message : messageRepresentative(publicKey, message);
      const [program, ...args] = command;
      const env = { ...process.env, MOTE_ALG: algorithm.name, MOTE_KID: kid };
      const { error, status, signal, stdout, stderr } = spawnSync(program!, args, {
        input,
        env,
        timeout: TIMEOUT_MS,
        maxBuffer: 65_536,
      });
      if (error) throw failed(error.message);
      const said = stderr.toString('utf8').slice(-200);
      if (status !== 0) throw failed(`its command ended with ${signal ?? status}${said && `: ${said}`}`);
      if (!algorithm.verify(publicKey, message, stdout)) {
        throw failed(`its command answered ${stdout.length} bytes that are no signature by this key`);
      }
      return new Uint8Array(stdout);
    },
  };
}

/** µ of FIPS 204 algorithm 7, for pure ML-DSA with an empty context (algorithm 2; RFC 9964 section 5): 64 bytes. */
export function messageRepresentative(publicKey: Uint8Array, message: Uint8Array): Uint8Array {
  const tr = shake256(publicKey, { dkLen: 64 });
  return shake256.create({ dkLen: 64 }).update(tr).update(Uint8Array.of(0, 0)).update(message).digest();
}

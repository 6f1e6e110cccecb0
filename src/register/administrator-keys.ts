import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { BadRequest } from '../domain/errors.ts';

/** Somebody whose signature, with another's, changes the register. */
export interface Administrator {
  readonly name: string;
  /** Ed25519, SPKI PEM. */
  readonly publicKeyPem: string;
}

/**
 * Makes a key pair for an administrator and keeps the private half in a new file that only its owner may read (PKCS #8 PEM,
 * mode 0600). Throws when the file exists: a key is never written over.
 */
export function makeAdministratorKey(name: string, privateKeyFile: string): Administrator {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  writeFileSync(privateKeyFile, pem, { mode: 0o600, flag: 'wx' });
  return { name, publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString() };
}

/** What is signed: one line that says what it is, so that the signature can never stand for anything else, and the digest. */
function message(digest: string): Buffer {
  return Buffer.from(`countersign register proposal v1\n${digest}\n`, 'utf8');
}

/**
 * Signs a proposal: Ed25519 (RFC 8032), base64. `digest` is the proposal's, as it was printed when it was made.
 * Throws BadRequest when the text is no Ed25519 private key.
 */
export function signProposalDigest(digest: string, privateKeyPem: string): string {
  return sign(
    null,
    message(digest),
    ed25519(() => createPrivateKey(privateKeyPem)),
  ).toString('base64');
}

/** Whether an administrator signed this proposal. */
export function isProposalSignature(digest: string, signature: string, publicKeyPem: string): boolean {
  // Base64 as Node reads it skips what it does not know: only the one right spelling is taken.
  const bytes = Buffer.from(signature, 'base64');
  if (bytes.length !== 64 || bytes.toString('base64') !== signature) return false;
  return verify(
    null,
    message(digest),
    ed25519(() => createPublicKey(publicKeyPem)),
    bytes,
  );
}

/** SHA-256 over the public key (SPKI DER), hex: tells two keys apart, and says in the case log which one signed. */
export function keyFingerprint(publicKeyPem: string): string {
  const der = ed25519(() => createPublicKey(publicKeyPem)).export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('hex');
}

function ed25519(read: () => KeyObject): KeyObject {
  let key: KeyObject;
  try {
    key = read();
  } catch (cause: unknown) {
    throw new BadRequest('This is not an Ed25519 key in PEM.', cause);
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new BadRequest('This is not an Ed25519 key in PEM.');
  return key;
}

import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { GatewayError } from './errors.ts';

/** Signature type of plain Ed25519 signatures over the note text (C2SP signed-note). */
const ED25519 = 0x01;
const KEY_BYTES = 32;
const ID_BYTES = 4;
const SIGNATURE_BYTES = 64;
/** A note with more is not read: C2SP asks for a limit, and for 16 at least. */
const MAX_SIGNATURES = 100;
const SIGNATURE_PREFIX = '\u2014 ';
const SPKI_ED25519 = Buffer.from('302a300506032b6570032100', 'hex');
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A key that is trusted to sign notes, parsed from a vkey. */
export interface VerifierKey {
  readonly name: string;
  /** Eight hex digits: SHA-256(name ‖ 0x0A ‖ type ‖ public key), first four bytes. */
  readonly id: string;
  /** 32 bytes, RFC 8032. */
  readonly publicKey: Uint8Array;
}

export interface NoteSigner {
  readonly name: string;
  /** The public half, to be kept by whoever verifies. */
  readonly vkey: string;
  /** One signature line, with its newline. */
  readonly sign: (text: string) => string;
}

/** A note that verified, or why it must not be used. */
export type OpenedNote =
  | { readonly ok: true; readonly text: string; readonly signedBy: readonly VerifierKey[] }
  | { readonly ok: false; readonly reason: string };

interface SignatureLine {
  readonly name: string;
  readonly id: string;
  readonly signature: Uint8Array;
}

/**
 * A signer of notes from a key name and a 32-byte Ed25519 seed (C2SP signed-note, type 0x01; RFC 8032).
 * Throws GatewayError('internal') for a name with spaces or `+`, or a seed of another length.
 */
export function createNoteSigner(name: string, seed: Uint8Array): NoteSigner {
  if (!isKeyName(name)) throw malformed('a key name has no spaces and no "+"');
  if (seed.length !== KEY_BYTES) throw malformed('an Ed25519 seed has 32 bytes');
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, seed]), format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  const publicKey = spki.subarray(SPKI_ED25519.length);
  const id = keyId(name, publicKey);
  return {
    name,
    vkey: `${name}+${id}+${Buffer.concat([Buffer.of(ED25519), publicKey]).toString('base64')}`,
    sign: (text) => {
      const signature = sign(null, Buffer.from(text, 'utf8'), key);
      const line = Buffer.concat([Buffer.from(id, 'hex'), signature]).toString('base64');
      return `${SIGNATURE_PREFIX}${name} ${line}\n`;
    },
  };
}

/**
 * Parses a vkey, `name+hex(key id)+base64(type ‖ public key)`, of type Ed25519.
 * Throws GatewayError('bad-request') when it is malformed, of another type, or its id is not that of its key.
 */
export function parseVerifierKey(vkey: string): VerifierKey {
  // The name has no "+", the base64 may.
  const [name = '', id = '', ...encoded] = vkey.split('+');
  const key = decodeBase64(encoded.join('+'));
  if (!isKeyName(name) || key?.length !== KEY_BYTES + 1 || key[0] !== ED25519) {
    throw new GatewayError('bad-request', {
      detail: 'This is not a verifier key. It reads name+1234abcd+base64, with an Ed25519 key.',
    });
  }
  const publicKey = key.subarray(1);
  if (keyId(name, publicKey) !== id) {
    throw new GatewayError('bad-request', {
      detail: 'The id in this verifier key does not belong to its key: it was mistyped or changed.',
    });
  }
  return { name, id, publicKey };
}

/**
 * Text and signatures as one note. Throws GatewayError('internal') when the text does not end in a newline, has control
 * characters other than newline, or there is no signer.
 */
export function signNote(text: string, signers: readonly NoteSigner[]): string {
  if (!text.endsWith('\n') || !isNoteText(text)) throw malformed('note text is lines of plain text');
  if (signers.length === 0) throw malformed('a note has a signature');
  return `${text}\n${signers.map((signer) => signer.sign(text)).join('')}`;
}

/**
 * Opens a note under the keys its reader trusts (C2SP signed-note): signatures of other keys are ignored, a trusted key
 * whose signature fails rejects the note, and so does a note without any trusted signature. Never throws.
 */
export function openNote(note: string, trusted: readonly VerifierKey[]): OpenedNote {
  const parsed = splitNote(note);
  if (typeof parsed === 'string') return { ok: false, reason: parsed };
  const signedBy: VerifierKey[] = [];
  for (const line of parsed.signatures) {
    const key = trusted.find(({ name, id }) => name === line.name && id === line.id);
    if (key === undefined) continue;
    if (!isSignedBy(key, parsed.text, line.signature)) {
      return { ok: false, reason: `the signature of ${key.name} does not fit the text` };
    }
    signedBy.push(key);
  }
  if (signedBy.length === 0) return { ok: false, reason: 'no signature of a trusted key' };
  return { ok: true, text: parsed.text, signedBy: [...new Set(signedBy)] };
}

function isSignedBy(key: VerifierKey, text: string, signature: Uint8Array): boolean {
  if (signature.length !== SIGNATURE_BYTES) return false;
  const spki = Buffer.concat([SPKI_ED25519, key.publicKey]);
  try {
    const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' });
    return verify(null, Buffer.from(text, 'utf8'), publicKey, signature);
  } catch {
    // A key that is no point of the curve verifies nothing.
    return false;
  }
}

/** The note's text and signature lines, or what is wrong with it. */
function splitNote(
  note: string,
): { readonly text: string; readonly signatures: readonly SignatureLine[] } | string {
  if (!isNoteText(note)) return 'it is not plain UTF-8 text';
  // The last blank line: the text itself may have some.
  const blank = note.lastIndexOf('\n\n');
  if (blank < 0 || !note.endsWith('\n')) return 'it has no signatures';
  const lines = note.slice(blank + 2, -1).split('\n');
  if (lines.length > MAX_SIGNATURES) return `it has more than ${MAX_SIGNATURES} signatures`;
  const signatures: SignatureLine[] = [];
  for (const line of lines) {
    const parsed = parseSignatureLine(line);
    if (parsed === undefined) return 'a signature line is malformed';
    signatures.push(parsed);
  }
  return { text: note.slice(0, blank + 1), signatures };
}

function parseSignatureLine(line: string): SignatureLine | undefined {
  const [dash, name = '', encoded = '', ...more] = line.split(' ');
  const bytes = dash === '\u2014' && more.length === 0 ? decodeBase64(encoded) : undefined;
  if (!isKeyName(name) || bytes === undefined || bytes.length <= ID_BYTES) return undefined;
  return { name, id: bytes.subarray(0, ID_BYTES).toString('hex'), signature: bytes.subarray(ID_BYTES) };
}

function keyId(name: string, publicKey: Uint8Array): string {
  const hash = createHash('sha256')
    .update(`${name}\n`, 'utf8')
    .update(Uint8Array.of(ED25519))
    .update(publicKey);
  return hash.digest().subarray(0, ID_BYTES).toString('hex');
}

function isKeyName(name: string): boolean {
  return name !== '' && isNoteText(name) && !/[\p{White_Space}+]/u.test(name);
}

/** Well-formed, and no control character but newline (C2SP: none below U+0020). */
function isNoteText(text: string): boolean {
  return text.isWellFormed() && !Array.from(text).some((char) => char < ' ' && char !== '\n');
}

/** Standard base64 with padding (RFC 4648 §4); undefined for anything that is not its one spelling. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

function malformed(what: string): GatewayError {
  return new GatewayError('internal', { detail: `Not a signed note: ${what}.` });
}

import { argon2, timingSafeEqual } from 'node:crypto';
import { BadRequest } from '../../domain/errors.ts';

/** A password at rest: argon2id (RFC 9106) and what it was made with. */
export interface PasswordHash {
  readonly memoryKibibytes: number;
  readonly passes: number;
  readonly lanes: number;
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
}

type Cost = Omit<PasswordHash, 'hash'> & { readonly hashBytes: number };

/** RFC 9106 §4, second recommended option, with one lane: a guess costs 64 MiB. */
const USUAL = { memoryKibibytes: 65_536, passes: 3, lanes: 1, hashBytes: 32 } as const;
const SALT_BYTES = 16;
const MIN_LENGTH = 15;
const MAX_LENGTH = 256;
/** The string format of the Password Hashing Competition, as argon2's own tools print it. */
const PHC = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;
/** What is less than the weakest of OWASP's recommendations is too cheap to guess; what is more takes the gateway's memory. */
const MIN_MEMORY = 7_168;
const MIN_WORK = 35_840;
const MAX_MEMORY = 262_144;
const MAX_PASSES = 10;
const MAX_LANES = 4;

/** Reads a PHC string. Undefined when it is not argon2id, or cheaper or dearer than is taken. */
export function parsePasswordHash(text: string): PasswordHash | undefined {
  const parts = PHC.exec(text.trim());
  if (parts === null) return undefined;
  const [memoryKibibytes, passes, lanes] = [numberIn(parts[1]), numberIn(parts[2]), numberIn(parts[3])];
  const read = { memoryKibibytes, passes, lanes, salt: bytesIn(parts[4]), hash: bytesIn(parts[5]) };
  return isAffordable(read) && isLongEnough(read) ? read : undefined;
}

function numberIn(text = ''): number {
  return Number(text);
}

function bytesIn(base64 = ''): Buffer {
  return Buffer.from(base64, 'base64');
}

/**
 * Makes a PHC string of a password. Throws BadRequest for one that is shorter than 15 or longer than 256 characters
 * (NIST SP 800-63B §3.1.1.2: the one proof of an account is long).
 */
export async function hashPassword(
  password: string,
  randomBytes: (count: number) => Uint8Array,
): Promise<string> {
  const length = Array.from(password.normalize('NFKC')).length;
  if (length < MIN_LENGTH || length > MAX_LENGTH) {
    throw new BadRequest(`Choose a password of ${MIN_LENGTH} to ${MAX_LENGTH} characters.`);
  }
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, { ...USUAL, salt });
  const { memoryKibibytes, passes, lanes } = USUAL;
  const cost = `m=${memoryKibibytes},t=${passes},p=${lanes}`;
  return `$argon2id$v=19$${cost}$${unpadded(salt)}$${unpadded(hash)}`;
}

/** Whether this is the password. Takes about a tenth of a second of a worker thread, right or wrong, and never the event loop's. */
export async function isPassword(password: string, known: PasswordHash): Promise<boolean> {
  const hash = await derive(password, { ...known, hashBytes: known.hash.length });
  return timingSafeEqual(hash, known.hash);
}

function isAffordable({ memoryKibibytes, passes, lanes }: PasswordHash): boolean {
  const isDear = memoryKibibytes > MAX_MEMORY || passes > MAX_PASSES || lanes > MAX_LANES;
  const isCheap = memoryKibibytes < MIN_MEMORY || memoryKibibytes * passes < MIN_WORK || lanes < 1;
  return !isDear && !isCheap;
}

function isLongEnough({ salt, hash }: PasswordHash): boolean {
  return salt.length >= 8 && salt.length <= 64 && hash.length >= 16 && hash.length <= 64;
}

/** One spelling of what looks the same (NIST SP 800-63B §3.1.1.2). */
function derive(password: string, cost: Cost): Promise<Buffer> {
  const { memoryKibibytes: memory, passes, lanes: parallelism, salt: nonce, hashBytes: tagLength } = cost;
  const message = Buffer.from(password.normalize('NFKC'), 'utf8');
  return new Promise((resolve, reject) => {
    argon2('argon2id', { message, nonce, memory, passes, parallelism, tagLength }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

function unpadded(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '');
}

import type { Element } from '@xmldom/xmldom';
import { demand } from '../sign-in-refusal.ts';
import {
  childElements,
  childrenNamed,
  onlyChild,
  selfAndDescendants,
  textOf,
  XML_SIGNATURE,
} from './xml-elements.ts';

const XMLENC = 'http://www.w3.org/2001/04/xmlenc#';
const XMLENC_11 = 'http://www.w3.org/2009/xmlenc11#';

/** How the content is encrypted, by its name in XML Encryption 1.1 (§5.2). */
const CIPHERS: Readonly<Record<string, GcmCipher | CbcCipher>> = {
  [`${XMLENC_11}aes128-gcm`]: { name: 'aes-128-gcm', keyBytes: 16, isCbc: false },
  [`${XMLENC_11}aes256-gcm`]: { name: 'aes-256-gcm', keyBytes: 32, isCbc: false },
  [`${XMLENC}aes128-cbc`]: { name: 'aes-128-cbc', keyBytes: 16, isCbc: true },
  [`${XMLENC}aes256-cbc`]: { name: 'aes-256-cbc', keyBytes: 32, isCbc: true },
};
const HASHES: Readonly<Record<string, OaepHash>> = {
  [`${XML_SIGNATURE}sha1`]: 'sha1',
  [`${XMLENC}sha256`]: 'sha256',
  [`${XMLENC}sha512`]: 'sha512',
};
const MASKS: Readonly<Record<string, OaepHash>> = {
  [`${XMLENC_11}mgf1sha1`]: 'sha1',
  [`${XMLENC_11}mgf1sha256`]: 'sha256',
  [`${XMLENC_11}mgf1sha512`]: 'sha512',
};
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
/** RSA of 8,192 bits. */
const MAX_WRAPPED_KEY_CHARACTERS = 1_400;

type OaepHash = 'sha1' | 'sha256' | 'sha512';

export interface GcmCipher {
  readonly name: 'aes-128-gcm' | 'aes-256-gcm';
  readonly keyBytes: 16 | 32;
  readonly isCbc: false;
}

export interface CbcCipher {
  readonly name: 'aes-128-cbc' | 'aes-256-cbc';
  readonly keyBytes: 16 | 32;
  readonly isCbc: true;
}

/** What is needed to decrypt, taken from an EncryptedAssertion. */
export interface EncryptedContent {
  readonly cipher: GcmCipher | CbcCipher;
  /** Of RSA-OAEP: digest and mask. Where it is SHA-1, that is part of the padding, not of a signature. */
  readonly oaepHash: OaepHash;
  readonly wrappedKey: Uint8Array;
  readonly content: Uint8Array;
}

/**
 * The one shape in which an EncryptedAssertion is taken (SAML core §2.3.4, XML Encryption 1.1 §3): one EncryptedData, for one
 * recipient, everything in place and nothing to be fetched from elsewhere. Throws SignInRefused('weak-algorithm') for RSA 1.5,
 * 3DES and whatever else is not listed, 'answer-encrypted' for a form of RSA-OAEP that cannot be undone here,
 * 'answer-not-trusted' for any other shape. Nothing is decrypted yet, so that the codes tell nothing about the content.
 */
export function checkEncryptedShape(encrypted: Element): EncryptedContent {
  const elements = selfAndDescendants(encrypted);
  for (const name of ['EncryptedData', 'EncryptedKey'])
    demand(countOf(elements, name) === 1, 'answer-not-trusted');
  demand(countOf(elements, 'CipherReference') === 0, 'answer-not-trusted');
  const data = onlyChild(encrypted, XMLENC, 'EncryptedData');
  demand(data !== undefined && hasOnly(encrypted, ['EncryptedData', 'EncryptedKey']), 'answer-not-trusted');
  demand(hasOnly(data, ['EncryptionMethod', 'KeyInfo', 'CipherData']), 'answer-not-trusted');
  const key = keyOf(encrypted, data);
  demand(key !== undefined, 'answer-not-trusted');
  const wrapped = cipherValueOf(key);
  demand(wrapped.length <= MAX_WRAPPED_KEY_CHARACTERS, 'answer-not-trusted');
  return {
    cipher: cipherOf(data),
    oaepHash: oaepHashOf(key),
    wrappedKey: Buffer.from(wrapped, 'base64'),
    content: Buffer.from(cipherValueOf(data), 'base64'),
  };
}

function countOf(elements: readonly Element[], localName: string): number {
  return elements.filter((element) => element.localName === localName).length;
}

function hasOnly(element: Element, names: readonly string[]): boolean {
  return childElements(element).every(({ localName }) => names.includes(localName ?? ''));
}

/** Inside the data's KeyInfo, or beside the data, as older identity providers write it. */
function keyOf(encrypted: Element, data: Element): Element | undefined {
  const keyInfo = onlyChild(data, XML_SIGNATURE, 'KeyInfo');
  const inside = keyInfo === undefined ? undefined : onlyChild(keyInfo, XMLENC, 'EncryptedKey');
  return inside ?? onlyChild(encrypted, XMLENC, 'EncryptedKey');
}

function cipherValueOf(element: Element): string {
  const data = onlyChild(element, XMLENC, 'CipherData');
  const value = data === undefined ? undefined : textOf(onlyChild(data, XMLENC, 'CipherValue'));
  const base64 = (value ?? '').replace(/[ \t\r\n]+/g, '');
  demand(BASE64.test(base64), 'answer-not-trusted');
  return base64;
}

function methodOf(element: Element): Element {
  const method = onlyChild(element, XMLENC, 'EncryptionMethod');
  demand(method !== undefined, 'answer-not-trusted');
  return method;
}

function cipherOf(data: Element): GcmCipher | CbcCipher {
  const algorithm = methodOf(data).getAttribute('Algorithm') ?? '';
  const cipher = Object.hasOwn(CIPHERS, algorithm) ? CIPHERS[algorithm] : undefined;
  demand(cipher !== undefined, 'weak-algorithm');
  return cipher;
}

/** XML Encryption 1.1 §5.5.2. Node undoes RSA-OAEP where digest and mask are made with the same hash, and without a label. */
function oaepHashOf(key: Element): OaepHash {
  const method = methodOf(key);
  const algorithm = method.getAttribute('Algorithm') ?? '';
  const isMgf1p = algorithm === `${XMLENC}rsa-oaep-mgf1p`;
  demand(isMgf1p || algorithm === `${XMLENC_11}rsa-oaep`, 'weak-algorithm');
  const inside = childElements(method).map(({ localName }) => localName ?? '');
  demand(new Set(inside).size === inside.length, 'answer-not-trusted');
  demand(!inside.includes('OAEPparams'), 'answer-encrypted');
  const digest = hashNamedBy(childrenNamed(method, XML_SIGNATURE, 'DigestMethod')[0], HASHES);
  const mask = isMgf1p ? 'sha1' : hashNamedBy(childrenNamed(method, XMLENC_11, 'MGF')[0], MASKS);
  demand(digest !== undefined && digest === mask, 'answer-encrypted');
  return digest;
}

/** SHA-1 where nothing is named (§5.5.2); undefined for what is not known. */
function hashNamedBy(
  element: Element | undefined,
  known: Readonly<Record<string, OaepHash>>,
): OaepHash | undefined {
  if (element === undefined) return 'sha1';
  const algorithm = element.getAttribute('Algorithm') ?? '';
  return Object.hasOwn(known, algorithm) ? known[algorithm] : undefined;
}

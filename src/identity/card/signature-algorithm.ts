import { constants, verify, type KeyObject } from 'node:crypto';
import { context, oidOf, smallIntegerOf, TAG } from './der-values.ts';
import { derChildren, readDer, type DerNode } from './read-der.ts';

/** An algorithm that is strong enough to sign certificates, revocation lists and OCSP answers. */
export interface SignatureAlgorithm {
  readonly key: 'rsa' | 'ec';
  readonly hash: 'sha256' | 'sha384' | 'sha512';
  /** Bytes of salt: RSASSA-PSS. */
  readonly saltLength?: number;
}

/** RFC 4055 §5 and RFC 5758 §3.2. MD5 and SHA-1 are not here, and so are refused. */
const ALGORITHMS: Readonly<Record<string, SignatureAlgorithm>> = {
  '1.2.840.113549.1.1.11': { key: 'rsa', hash: 'sha256' },
  '1.2.840.113549.1.1.12': { key: 'rsa', hash: 'sha384' },
  '1.2.840.113549.1.1.13': { key: 'rsa', hash: 'sha512' },
  '1.2.840.10045.4.3.2': { key: 'ec', hash: 'sha256' },
  '1.2.840.10045.4.3.3': { key: 'ec', hash: 'sha384' },
  '1.2.840.10045.4.3.4': { key: 'ec', hash: 'sha512' },
};
const RSASSA_PSS = '1.2.840.113549.1.1.10';
const HASHES: Readonly<Record<string, SignatureAlgorithm['hash']>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};
const MIN_RSA_BITS = 2_048;
const CURVES: readonly string[] = ['prime256v1', 'secp384r1', 'secp521r1'];

/** Reads an AlgorithmIdentifier (RFC 5280 §4.1.1.2). Undefined for one that is weak or unknown. Throws DerFault. */
export function signatureAlgorithmOf(node: DerNode | undefined): SignatureAlgorithm | undefined {
  const [oid, parameters] = derChildren(node, TAG.sequence, 2);
  const name = oidOf(oid);
  if (name === RSASSA_PSS) return parameters === undefined ? undefined : pssOf(parameters);
  return Object.hasOwn(ALGORITHMS, name) ? ALGORITHMS[name] : undefined;
}

/** RSASSA-PSS-params (RFC 4055 §3.1); absent fields mean SHA-1, so the hash must be there. */
function pssOf(parameters: DerNode): SignatureAlgorithm | undefined {
  const fields = derChildren(parameters, TAG.sequence, 4);
  const fieldOf = (number: number): DerNode | undefined => {
    const field = fields.find(({ tag }) => tag === context(number));
    return field === undefined ? undefined : readDer(field.content);
  };
  const [hashField, saltField] = [fieldOf(0), fieldOf(2)];
  if (hashField === undefined || saltField === undefined) return undefined;
  const oid = oidOf(derChildren(hashField, TAG.sequence, 2)[0]);
  const hash = Object.hasOwn(HASHES, oid) ? HASHES[oid] : undefined;
  return hash === undefined ? undefined : { key: 'rsa', hash, saltLength: smallIntegerOf(saltField) };
}

/** RSA from 2,048 bits, or one of the curves P-256, P-384, P-521. */
export function isStrongKey(key: KeyObject): boolean {
  const { modulusLength = 0, namedCurve = '' } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'ec') return CURVES.includes(namedCurve);
  const isRsa = key.asymmetricKeyType === 'rsa' || key.asymmetricKeyType === 'rsa-pss';
  return isRsa && modulusLength >= MIN_RSA_BITS;
}

/** True when this key made this signature over these bytes. */
export function isSignedBy(
  key: KeyObject,
  algorithm: SignatureAlgorithm,
  { bytes, signature }: { readonly bytes: Uint8Array; readonly signature: Uint8Array },
): boolean {
  const isEc = key.asymmetricKeyType === 'ec';
  if (!isStrongKey(key) || isEc !== (algorithm.key === 'ec')) return false;
  const { saltLength } = algorithm;
  const padding = saltLength === undefined ? {} : { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength };
  return verify(algorithm.hash, bytes, { key, ...padding }, signature);
}

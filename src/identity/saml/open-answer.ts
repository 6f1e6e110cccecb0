import type { Element } from '@xmldom/xmldom';
import type { Request, Response } from 'express';
import { demand, SignInRefused } from '../sign-in-refusal.ts';
import { checkEncryptedShape } from './check-encrypted-shape.ts';
import { checkDecryptedShape, type SignedShape } from './check-signed-shape.ts';
import { decryptAssertion } from './decrypt-assertion.ts';
import { minimalXml } from './minimal-xml.ts';
import type { SamlLibrary, SignedParts } from './saml-library.ts';
import type { SamlProvider } from './saml-provider.ts';
import { scanXml, type XmlLimits } from './scan-xml.ts';
import type { ServiceProvider } from './service-provider.ts';
import { verifySignature } from './verify-signature.ts';
import { onlyChild, parseXml, SAML_ASSERTION } from './xml-elements.ts';

/** What of an answer is vouched for: read from the very bytes that were signed, as far as the provider signs. */
export interface OpenedAnswer {
  readonly response: Element;
  readonly assertion: Element;
}

interface Setting {
  readonly provider: SamlProvider;
  readonly self: ServiceProvider;
  readonly xmlLimits: XmlLimits;
  readonly library: SamlLibrary;
}

interface Posted {
  /** The root, as posted. */
  readonly response: Element;
  readonly shape: SignedShape;
}

/**
 * Verifies every signature that an answer of the right shape carries, decrypting it where it is encrypted. Signatures are
 * computed by us first: what is no good costs little and never reaches the library, which then has its say, too, on what is signed
 * and nothing else.
 * Throws SignInRefused: 'answer-not-trusted' whatever the fault is, but for what the answer says in clear about its encryption.
 */
export async function openAnswer(
  setting: Setting,
  posted: Posted,
  exchange: { readonly req: Request; readonly res: Response },
): Promise<OpenedAnswer> {
  const { response: root, shape } = posted;
  const certificates = setting.provider.certificatesPem;
  const response = shape.isResponseSigned ? parseXml(verifySignature(root, certificates)) : root;
  if (shape.assertion === undefined) {
    return { response, assertion: openEncrypted(setting, response, shape.isResponseSigned) };
  }
  if (shape.isAssertionSigned) verifySignature(shape.assertion, certificates);
  const { req, res } = exchange;
  const xml = minimalXml(shape.isResponseSigned ? root : shape.assertion);
  const verified = await setting.library.verify(req, res, { xml, parts: partsOf(shape) });
  return { response, assertion: parseXml(verified) };
}

function partsOf({ isResponseSigned, isAssertionSigned }: SignedShape): SignedParts {
  if (!isResponseSigned) return 'assertion';
  return isAssertionSigned ? 'both' : 'response';
}

/** `response` is what was signed, where it is signed: ciphertext that nobody vouches for is decrypted in GCM only. */
function openEncrypted(setting: Setting, response: Element, isResponseSigned: boolean): Element {
  const { provider, self } = setting;
  const encrypted = onlyChild(response, SAML_ASSERTION, 'EncryptedAssertion');
  demand(encrypted !== undefined, 'answer-not-trusted');
  const content = checkEncryptedShape(encrypted);
  const isCbcTaken = provider.allowCbc === true && isResponseSigned;
  demand(!content.cipher.isCbc || isCbcTaken, 'weak-algorithm');
  const text = decryptAssertion(content, self.decryptionKeys);
  try {
    return readDecrypted(setting, text);
  } catch {
    // The same word as for a fault of decryption: nobody learns how far their ciphertext came.
    throw new SignInRefused('answer-not-trusted');
  }
}

/** What was encrypted went past every guard unseen, so they all stand here again. */
function readDecrypted({ provider, xmlLimits }: Setting, text: string): Element {
  scanXml(text, xmlLimits);
  const assertion = parseXml(text);
  const isSigned = checkDecryptedShape(assertion, provider.signatures !== 'response');
  // An unsigned one stands inside of a signed response then.
  return isSigned ? parseXml(verifySignature(assertion, provider.certificatesPem)) : assertion;
}

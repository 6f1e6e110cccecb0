import { collectBody } from '../collect-body.ts';
import { UpstreamFault } from '../errors.ts';
import type { DatasetRules } from './dataset-rules.ts';
import { filterMultipart, type MultipartRules } from './filter-multipart.ts';
import { rewriteUrl } from './rewrite-dicom-urls.ts';
import { scanXmlDataset } from './scan-xml-dataset.ts';
import { decodeXmlText, encodeXmlText } from './xml-tag.ts';

/** What to do with each dataset of an answer in XML. */
export interface XmlDatasetRules extends DatasetRules {
  /** Of a multipart answer, without the leading dashes; absent where the answer is one document. */
  readonly boundary?: string;
}

/** A document, read. */
interface ReadDocument {
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly scan: ReturnType<typeof scanXmlDataset>;
}

const MAX_DOCUMENT_BYTES = 64 * 1024 * 1024;
const XML_PART = /^application\/(?:dicom\+)?xml[ \t]*(?:;|$)/i;

/**
 * Passes datasets in the Native DICOM Model (PS3.19 §A.1) on: the parts of a multipart answer (PS3.18 §8.7.3.2) as they come, or one
 * document. Those that may not pass are left out, the others have the gateway's own addresses; every other byte is as it came.
 * Held is one document at most. Throws UpstreamFault for a truncated answer, for what is no plain document of the model, and for
 * a document above 64 MiB.
 */
export async function* streamXmlDatasets(
  source: AsyncIterable<Uint8Array>,
  rules: XmlDatasetRules,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { boundary } = rules;
  if (boundary !== undefined) {
    yield* filterMultipart(source, partRules(rules, boundary));
    return;
  }
  const document = documentOf(await collectBody(source, MAX_DOCUMENT_BYTES));
  await rules.lookUp?.([document.scan.identity]);
  const made = remade(document, rules);
  if (made !== undefined) yield made;
}

function partRules(rules: DatasetRules, boundary: string): MultipartRules {
  let last: ReadDocument | undefined;
  const read = (contentType: string, bytes: Uint8Array): ReadDocument => {
    if (!XML_PART.test(contentType))
      throw unreadable('The PACS sent metadata in a form that cannot be read.');
    if (last?.bytes !== bytes) last = documentOf(bytes);
    return last;
  };
  return {
    boundary,
    mayPass: rules.mayPass,
    lookUp: ({ contentType }, bytes) => rules.lookUp?.([read(contentType, bytes).scan.identity]),
    rewriteLocation: (location) => rewritten(location, rules),
    remake: ({ contentType }, bytes) => remade(read(contentType, bytes), rules),
  };
}

function documentOf(bytes: Uint8Array): ReadDocument {
  const text = textOf(bytes);
  return { bytes, text, scan: scanXmlDataset(text) };
}

/** The document as it goes out; undefined when it may not. */
function remade({ bytes, text: document, scan }: ReadDocument, rules: DatasetRules): Uint8Array | undefined {
  const { identity, addresses } = scan;
  if (!rules.mayPass(identity)) return undefined;
  const pieces: string[] = [];
  let from = 0;
  for (const { start, end } of addresses) {
    const address = decodeXmlText(document.slice(start, end));
    const value = rewritten(address, rules);
    if (value === address) continue;
    pieces.push(document.slice(from, start), encodeXmlText(value));
    from = end;
  }
  return pieces.length === 0 ? bytes : Buffer.from(pieces.join('') + document.slice(from));
}

function rewritten(address: string, { mapping, onUnmapped }: DatasetRules): string {
  const { value, unmapped } = rewriteUrl(address, mapping);
  if (unmapped > 0) onUnmapped?.(unmapped);
  return value;
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause: unknown) {
    throw unreadable('The PACS sent XML that is not in UTF-8.', cause);
  }
}

function unreadable(detail: string, cause?: unknown): UpstreamFault {
  return new UpstreamFault('upstream-bad-answer', 'pacs', { detail, cause });
}

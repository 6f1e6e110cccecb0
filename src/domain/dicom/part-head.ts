import { UpstreamFault } from '../errors.ts';

/** What a part of a multipart answer says about itself, as far as it says anything. */
export interface PartIdentity {
  readonly contentType: string;
  readonly contentLocation?: string;
  /** From the dataset of an application/dicom part. */
  readonly sopClassUid?: string;
  readonly sopInstanceUid?: string;
}

/** The headers of a part as they go out, and what they say. Throws UpstreamFault where one of those that count comes twice. */
export function readPartHead(
  raw: string,
  rewriteLocation: (location: string) => string,
): { readonly head: string; readonly identity: PartIdentity } {
  // Folded lines (RFC 5322 §2.2.3) become one, so that nothing hides on the second.
  const lines = raw
    .replaceAll(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
    .filter((line) => line !== '');
  const contentType = headerOf(lines, 'content-type');
  const contentLocation = headerOf(lines, 'content-location');
  const located = (location: string): string => `Content-Location: ${rewriteLocation(location.trimEnd())}`;
  const head = lines
    .map((line) =>
      line.replace(/^content-location:[ \t]*(.*)$/i, (_line, location: string) => located(location)),
    )
    .map((line) => `${line}\r\n`)
    .join('');
  return {
    head,
    identity: {
      contentType: contentType ?? '',
      ...(contentLocation === undefined ? {} : { contentLocation }),
    },
  };
}

function headerOf(lines: readonly string[], name: string): string | undefined {
  const values = lines
    .filter((line) => line.toLowerCase().startsWith(`${name}:`))
    .map((line) => line.slice(name.length + 1).trim());
  if (values.length > 1) throw brokenAnswer('The PACS sent a part with the same header twice.');
  return values[0];
}

/** An answer of the PACS that cannot be read on. */
export function brokenAnswer(detail: string): UpstreamFault {
  return new UpstreamFault('upstream-bad-answer', 'pacs', { detail });
}

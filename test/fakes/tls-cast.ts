import { implicit } from '../../fixtures/certificates/der-writer.ts';
import {
  ATTRIBUTE,
  extension,
  forgeCertificate,
  type Forged,
} from '../../fixtures/certificates/forge-certificate.ts';

const DAY_MS = 24 * 60 * 60_000;
const LOOPBACK = implicit(7, Buffer.from([127, 0, 0, 1]));

/** An authority with a server of 127.0.0.1 and a client of its own. */
export interface TlsCast {
  readonly authority: Forged;
  readonly server: Forged;
  readonly client: Forged;
}

/** Makes them anew, good for a day. */
export function makeTlsCast(now = Date.now()): TlsCast {
  const make = (
    name: string,
    extensions: Parameters<typeof forgeCertificate>[0]['extensions'],
    issuer?: Forged,
  ): Forged =>
    forgeCertificate({
      subject: [[ATTRIBUTE.commonName, name]],
      notBefore: now - DAY_MS,
      notAfter: now + DAY_MS,
      extensions,
      ...(issuer === undefined ? {} : { issuer }),
    });
  const authority = make('Test authority', [extension.ca(), extension.keyUsage(5)]);
  return {
    authority,
    server: make('server', [extension.names(LOOPBACK)], authority),
    client: make('gateway', [], authority),
  };
}

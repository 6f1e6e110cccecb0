import { collectBody } from '../../src/domain/collect-body.ts';
import { createPacsClient } from '../../src/upstreams/pacs-client.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { startGuardedPacs, type GuardedPacs } from '../fakes/guarded-pacs.ts';
import { makeTlsCast } from '../fakes/tls-cast.ts';

const [cast, strangers] = [makeTlsCast(), makeTlsCast()];
const ca = cast.authority.pem;
const own = { cert: cast.client.pem, key: cast.client.keyPem };
const theirs = { cert: strangers.client.pem, key: strangers.client.keyPem };

describe('a PACS that asks for a client certificate', () => {
  let pacs: GuardedPacs;
  beforeAll(async () => {
    pacs = await startGuardedPacs({ tls: { cert: cast.server.pem, key: cast.server.keyPem, ca } });
  });
  afterAll(() => pacs.close());

  const ask = async (
    tls: { readonly cert?: string; readonly key?: string; readonly ca?: string },
    host = '127.0.0.1',
  ): Promise<string> => {
    const client = createPacsClient({
      baseUrl: pacs.url.replace('127.0.0.1', host),
      publicDicomwebUrl: 'https://gw.example/dicom-web',
      timeouts: { firstByteMs: 20_000, idleMs: 20_000 },
      tls,
    });
    const request = { method: 'GET', segments: ['studies'], query: [], headers: {} } as const;
    try {
      const answer = await client.fetch(request, new AbortController().signal);
      return Buffer.from(await collectBody(answer.body, 100)).toString();
    } finally {
      await client.close();
    }
  };

  test('lets the gateway in with its own, again and again', async () => {
    expect(await ask({ ...own, ca })).toBe('[]');
    expect(await ask({ ...own, ca })).toBe('[]');
  });

  test.each([
    ['no certificate', { ca }, '127.0.0.1'],
    ['one of another authority', { ...theirs, ca }, '127.0.0.1'],
    // Here it is the gateway that hangs up: it does not know the PACS.
    ['a PACS that only a stranger vouches for', { ...own, ca: strangers.authority.pem }, '127.0.0.1'],
    ['a PACS that the system does not know', own, '127.0.0.1'],
    ['a PACS under another name', { ...own, ca }, 'localhost'],
  ])('with %s nothing is asked', async (_name, tls, host) => {
    const before = pacs.seen.length;
    expect((await faultOf(ask(tls, host))).code).toBe('upstream-unreachable');
    expect(pacs.seen).toHaveLength(before);
  });
});

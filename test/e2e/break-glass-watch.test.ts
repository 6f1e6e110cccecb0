import { createServer as createTlsServer } from 'node:https';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { makeKeyPair } from '../../fixtures/sandbox/make-key-pair.ts';
import { createProviderWatch, type ProviderWatch } from '../../src/identity/break-glass/provider-watch.ts';
import { hashPassword } from '../../src/identity/break-glass/password-hash.ts';
import { createDocumentClient } from '../../src/upstreams/document-client.ts';
import { openProgramHouse } from '../fakes/program-house.ts';
import { describeUnlessMissing } from '../fakes/real-server.ts';
import { CT_ONE, CT_SERIES, STUDY } from '../fakes/retrieval-house.ts';
import { missingSimpleSamlPhp, startSimpleSamlPhp } from '../fakes/simplesamlphp.ts';

const IMAGE = `/dicom-web/studies/${STUDY}/series/${CT_SERIES}/instances/${CT_ONE}`;
const ACCOUNT = { username: 'emergency', password: 'a long word on paper in the safe' };
const client = createDocumentClient();
afterAll(() => client.close());

function watchOver(
  urls: readonly string[],
  onChange: (areAllAway: boolean) => void = () => undefined,
): ProviderWatch {
  return createProviderWatch({
    fetcher: client,
    targets: () => urls.map((url, index) => ({ id: String(index), url })),
    clock: { monotonicMs: () => performance.now() },
    onChange,
  });
}

async function listen(server: Server, port = 0): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

/** As often as it takes to believe it. */
async function twice(watch: ProviderWatch): Promise<boolean> {
  await watch.check();
  await watch.check();
  return watch.areAllAway();
}

test('a provider goes: the emergency door opens; it is back: the door closes and whoever came in is out', async () => {
  const provider = (): Server =>
    createServer((_req, res) => res.writeHead(302, { location: '/elsewhere' }).end());
  let server = provider();
  const port = await listen(server);
  const passwordHash = await hashPassword(ACCOUNT.password, (count) => new Uint8Array(count).fill(9));
  const areAllAway = (): boolean => watch.areAllAway();
  const house = await openProgramHouse({
    breakGlass: { username: ACCOUNT.username, passwordHash, areAllAway },
  });
  const ended: Promise<void>[] = [];
  const watch = watchOver([`http://127.0.0.1:${port}/sso`], (allAway) => {
    if (!allAway) ended.push(house.signIn.identity.endBreakGlass());
  });
  const enter = () => house.post('/auth/break-glass', ACCOUNT);
  expect(await twice(watch)).toBe(false);
  expect((await enter()).status).toBe(403);

  await stop(server);
  await watch.check();
  expect((await enter()).status).toBe(403);
  await watch.check();
  const entered = await enter();
  expect(entered.status).toBe(303);
  const session = /=([A-Za-z0-9_-]{43})/.exec(String(entered.headers['set-cookie']))?.[1] ?? 'none';
  expect((await house.getAtBrowser(IMAGE, session)).status).toBe(200);

  server = provider();
  await listen(server, port);
  await watch.check();
  await Promise.all(ended);
  expect(await house.signIn.subjects()).toEqual([]);
  expect((await house.getAtBrowser(IMAGE, session)).status).toBe(401);
  expect((await enter()).status).toBe(403);
  await stop(server);
  await house.close();
});

test('a provider whose certificate comes from nobody we know is there all the same', async () => {
  const { privateKeyPem: key, certificatePem: cert } = makeKeyPair('127.0.0.1');
  const server = createTlsServer({ key, cert }, (_req, res) => res.end());
  const port = await listen(server);
  expect(await twice(watchOver([`https://127.0.0.1:${port}/sso`]))).toBe(false);
  await stop(server);
  expect(await twice(watchOver([`https://127.0.0.1:${port}/sso`]))).toBe(true);
});

describeUnlessMissing('SimpleSAMLphp', missingSimpleSamlPhp(), () => {
  test('is there for the watch, although it is asked without a request; and away when it has ended', async () => {
    const { certificatePem } = makeKeyPair('gateway');
    const provider = await startSimpleSamlPhp({
      entityId: 'urn:test:north',
      users: { alice: 'a password' },
      authnContextClassRef: 'urn:oasis:names:tc:SAML:2.0:ac:classes:Password',
      sloBinding: 'HTTP-Redirect',
      serviceProvider: { entityId: 'urn:x', acsUrl: 'http://x/acs', sloUrl: 'http://x/slo', certificatePem },
    });
    const watch = watchOver([provider.ssoUrl]);
    expect(await twice(watch)).toBe(false);
    await provider.close();
    expect(await twice(watch)).toBe(true);
  });
});

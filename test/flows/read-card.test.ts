import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { readCard, readCardKeys } from '../../src/flows/read-card.ts';
import { rotateCardKeys } from '../../src/flows/rotate-card-keys.ts';
import { openCardKeys } from '../../src/register/card-keys.ts';
import { as, createDueHouse, never } from '../fakes/due-house.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { NOW, RADIOLOGIST } from '../fakes/register-builder.ts';

const folder = mkdtempSync(join(tmpdir(), 'countersign-card-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function houseWithKeys() {
  const house = createDueHouse();
  const path = join(mkdtempSync(join(folder, 'one-')), 'card-keys.json');
  const cardKeys = openCardKeys({ path, keyDays: 90, onWarn: () => undefined });
  await rotateCardKeys({ ...house.deps, cardKeys });
  return { ...house, deps: { ...house.deps, cardKeys } };
}

test('the card is signed, and anybody can check it by the key set alone', async () => {
  const { deps } = await houseWithKeys();
  const { token, claims } = await readCard(deps, as('radiologist'), never);
  const { payload } = await jwtVerify(
    token,
    createLocalJWKSet({ keys: [...(await readCardKeys(deps)).keys] }),
    {
      issuer: 'https://gateway.example',
      audience: 'urn:countersign:display',
      typ: 'countersign-card+jwt',
      algorithms: ['EdDSA'],
      requiredClaims: ['jti', 'sub', 'exp', 'iat'],
      currentDate: new Date(NOW),
    },
  );
  expect(payload).toEqual(claims);
  expect(payload).toMatchObject({
    sub: RADIOLOGIST,
    authorises: 'nothing',
    unlocked: [
      { model: 'lung-nodule', version: '2.1.0', functions: ['detection', 'view'], sites: ['general'] },
    ],
  });
});

test('two minutes later it is over', async () => {
  const { deps } = await houseWithKeys();
  const { token } = await readCard(deps, as('radiologist'), never);
  const keys = createLocalJWKSet({ keys: [...(await readCardKeys(deps)).keys] });
  const at = (seconds: number) => jwtVerify(token, keys, { currentDate: new Date(NOW + seconds * 1_000) });
  await expect(at(119)).resolves.toBeDefined();
  await expect(at(120)).rejects.toMatchObject({ code: 'ERR_JWT_EXPIRED' });
});

test('each card has a name of its own', async () => {
  const { deps } = await houseWithKeys();
  const [a, b] = [
    await readCard(deps, as('radiologist'), never),
    await readCard(deps, as('radiologist'), never),
  ];
  expect(a.claims['jti']).not.toBe(b.claims['jti']);
});

test('a token with the scope for AI is enough, as for a call', async () => {
  const { deps } = await houseWithKeys();
  const { card } = await readCard(deps, { evidence: { bearerToken: 'ai' } }, never);
  expect(card.unlocked).toHaveLength(1);
});

test.each([
  ['an emergency login', 'emergency', 'not-permitted', []],
  ['a session that cannot be confirmed', 'unconfirmed', 'sessions-unavailable', []],
  ['a login that names nobody', 'nobody', 'not-permitted', ['identity-unmapped']],
  ['a login of two people', 'twice', 'not-permitted', ['identity-ambiguous']],
  ['a token for images', 'images', 'scope-missing', []],
  ['nobody', 'wrong', 'not-identified', []],
] as const)('%s gets none', async (_name, session, code, reasons) => {
  const { deps } = await houseWithKeys();
  const fault = await faultOf(readCard(deps, as(session), never));
  expect([fault.code, fault.reasons.map((reason) => reason.code)]).toEqual([code, reasons]);
});

test('without a key there is no card', async () => {
  const { deps } = createDueHouse();
  const cardKeys = openCardKeys({ path: join(folder, 'none.json'), keyDays: 90, onWarn: () => undefined });
  expect(await faultOf(readCard({ ...deps, cardKeys }, as('radiologist'), never))).toMatchObject({
    code: 'internal',
  });
});

test('showing a card writes nothing into the case log: no AI was used', async () => {
  const { deps, caseLog } = await houseWithKeys();
  const before = caseLog.all().length;
  await readCard(deps, as('radiologist'), never);
  expect(caseLog.all()).toHaveLength(before);
});

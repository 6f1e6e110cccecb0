import type { RecordDraft } from '../../src/domain/register-acts.ts';
import { applyRegister } from '../../src/flows/apply-register.ts';
import { parsePolicy } from '../../src/register/load-policy.ts';
import type { ActDraft, RegisterRecord } from '../../src/flows/ports-register.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { NOW, practitionerId, shippedPolicy } from '../fakes/register-builder.ts';
import {
  aRegisterFile,
  createRegisterHouse,
  onlySections,
  type RegisterHouse,
} from '../fakes/register-house.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

let house: RegisterHouse;
beforeEach(async () => {
  house = await createRegisterHouse();
  await house.applied();
});
afterEach(async () => {
  await house.close();
});

const RADIOLOGIST = practitionerId('radiologist');
const [rae] = aRegisterFile().practitioners;
const renamed = (name: string): RecordDraft => ({
  kind: 'practitioner',
  id: 'radiologist',
  record: { ...rae, name },
});

const act = (changes: readonly RecordDraft[], more: Partial<ActDraft> = {}): ActDraft => ({
  act: 'change-practitioner',
  people: 1,
  changes,
  by: { practitioner: practitionerId('lead'), method: 'card', assurance: 3, authenticatedAt: NOW, at: NOW },
  ...more,
});
const done = async (...changes: readonly RecordDraft[]): Promise<void> => {
  await applyRegister(house, await house.register.proposeAct(act(changes)));
};
const person = (): Promise<RegisterRecord | undefined> => house.register.find('practitioner', 'radiologist');

describe('one record', () => {
  test('is read word for word, with when it was recorded and who stands behind it', async () => {
    expect(await house.register.find('evidence', 'E-1')).toEqual({
      kind: 'evidence',
      id: 'E-1',
      sequence: 4,
      recordedAt: NOW,
      etag: expect.stringMatching(/^4-[0-9a-f]{16}$/),
      record: aRegisterFile().evidence[0],
      by: ['ada', 'bo'],
    });
    expect(await house.register.find('evidence', 'E-77')).toBeUndefined();
  });

  test('every state of it stays to be read, oldest first', async () => {
    await done(renamed('Dr New Name'));
    await done({ kind: 'evidence', id: 'E-1', removed: true, reason: 'by mistake' });
    const names = (await house.register.historyOf('practitioner', 'radiologist')).map((state) => [
      state.sequence,
      state.record?.['name'],
      state.by,
    ]);
    expect(names).toEqual([
      [1, 'Dr Rae Radiologist', ['ada', 'bo']],
      [6, 'Dr New Name', ['lead']],
    ]);
    expect(await house.register.historyOf('evidence', 'E-1')).toMatchObject([
      { sequence: 4, record: { id: 'E-1' } },
      { sequence: 7, removedBecause: 'by mistake', by: ['lead'] },
    ]);
    expect(await house.register.find('evidence', 'E-1')).toBeUndefined();
    expect(await house.register.historyOf('evidence', 'E-77')).toEqual([]);
  });

  test('its tag changes with every change, also when it is set back to earlier words', async () => {
    const tags = [(await person())?.etag];
    for (const name of ['Dr New Name', 'Dr Rae Radiologist']) {
      await done(renamed(name));
      tags.push((await person())?.etag);
    }
    expect(new Set(tags).size).toBe(3);
  });
});

describe('two who edit the same record', () => {
  const wanted = (etag: string, id = 'radiologist', kind: 'practitioner' | 'evidence' = 'practitioner') =>
    house.register.proposeAct(act([renamed('Dr Other')], { ifMatch: { kind, id, etag } }));

  test('the second is told, and overwrites nothing', async () => {
    const etag = (await person())?.etag ?? '';
    await done(renamed('Dr New Name'));
    expect((await faultOf(wanted(etag))).code).toBe('precondition-failed');
    expect(await house.register.pending()).toEqual([]);
    expect(await wanted((await person())?.etag ?? '')).toMatchObject({ state: 'pending' });
  });

  test.each([
    { name: 'there is no such record, as wanted', id: 'E-9', etag: '', isFine: true },
    { name: 'there is one, and there was to be none', id: 'E-1', etag: '', isFine: false },
    { name: 'it was taken back, as wanted', id: 'E-0', etag: '', isFine: true },
    { name: 'it was taken back, and was to stand', id: 'E-0', etag: '6-0000000000000000', isFine: false },
  ])('$name', async ({ id, etag, isFine }) => {
    const [piece] = aRegisterFile().evidence;
    await done({ kind: 'evidence', id: 'E-0', record: { ...piece, id: 'E-0' } });
    await done({ kind: 'evidence', id: 'E-0', removed: true, reason: 'by mistake' });
    const call = wanted(etag, id, 'evidence');
    if (isFine) expect(await call).toMatchObject({ state: 'pending' });
    else expect((await faultOf(call)).code).toBe('precondition-failed');
  });
});

describe('pages', () => {
  const [piece] = aRegisterFile().evidence;
  const more = (...ids: readonly string[]): readonly RecordDraft[] =>
    ids.map((id) => ({ kind: 'evidence', id, record: { ...piece, id } }));
  const page = async (after: string | undefined, person?: string): Promise<readonly string[]> => {
    const asked = { kind: 'evidence', after, limit: 2, ...(person === undefined ? {} : { person }) } as const;
    return (await house.register.page(asked)).map(({ id }) => id);
  };

  test('go through what stands, in the order of the ids, each once', async () => {
    await done(...more('E-3', 'E-2', 'E-10', 'a'));
    await done({ kind: 'evidence', id: 'E-2', removed: true, reason: 'by mistake' }, ...more('E-4'));
    expect(await page(undefined)).toEqual(['E-1', 'E-10']);
    expect(await page('E-10')).toEqual(['E-3', 'E-4']);
    expect(await page('E-2')).toEqual(['E-3', 'E-4']);
    expect(await page('E-4')).toEqual(['a']);
    expect(await page('a')).toEqual([]);
  });

  test('those about one person: themselves, their evidence, their approvals', async () => {
    await done(...more('E-3', 'E-2'));
    expect(await page(undefined, 'radiologist')).toEqual(['E-1', 'E-2']);
    expect(await page('E-2', 'radiologist')).toEqual(['E-3']);
    expect(await page(undefined, 'lead')).toEqual([]);
    const of = async (
      kind: 'practitioner' | 'approval' | 'model-version',
      who: string,
    ): Promise<readonly string[]> =>
      (await house.register.page({ kind, after: undefined, limit: 9, person: who })).map(({ id }) => id);
    expect(await of('practitioner', 'lead')).toEqual(['lead']);
    expect(await of('practitioner', 'nobody')).toEqual([]);
    expect(await of('approval', 'radiologist')).toEqual(['A-1']);
    expect(await of('model-version', 'radiologist')).toEqual([]);
    expect(await of('approval', 'no such name!')).toEqual([]);
  });

  test('many at once, in the order of their ids', async () => {
    await done(...more('E-3', 'E-2'));
    const found = await house.register.findAll('evidence', ['E-3', 'E-77', 'E-1']);
    expect(found.map(({ id }) => id)).toEqual(['E-1', 'E-3']);
  });
});

describe('the register as it was', () => {
  const nameAt = async (
    sequence: number,
    policyDigest = shippedPolicy().digest,
  ): Promise<string | undefined> =>
    (await house.register.asItStood({ sequence, policyDigest })).practitioner(RADIOLOGIST)?.name;

  test('is there at every place of its history, and at none beyond', async () => {
    await done(renamed('Dr New Name'));
    expect(await nameAt(0)).toBeUndefined();
    expect(await nameAt(5)).toBe('Dr Rae Radiologist');
    expect(await nameAt(6)).toBe('Dr New Name');
    for (const sequence of [-1, 7, 1.5]) expect((await faultOf(nameAt(sequence))).code).toBe('not-found');
    expect(house.register.sequenceAt(NOW - 1)).toBe(0);
    expect(house.register.sequenceAt(NOW)).toBe(6);
  });

  test('under a policy whose text was kept, and under no other', async () => {
    const text = readFileSync(join(__dirname, '../../config/policy/uk-pathway-2025.yaml'), 'utf8');
    const body = text.replace('id: uk-pathway-2025\n', 'id: of-then\n');
    const { digest, id, version } = parsePolicy(body, 'then');
    expect((await faultOf(nameAt(5, digest))).code).toBe('not-found');
    await house.database
      .insertInto('policy_text')
      .values({ digest, id, version, body, taken_at: 5 })
      .execute();
    await house.database
      .insertInto('policy_taken')
      .values({ place: 1, digest, taken_at: 5, log_seq: 0 })
      .execute();
    const then = await house.register.asItStood({ sequence: 5, policyDigest: digest });
    expect([then.policy.id, then.sequence]).toEqual(['of-then', 5]);
    expect(await house.register.policyAt(4)).toBeUndefined();
    expect(await house.register.policyAt(5)).toBe(digest);
  });
});

describe('what the file of a Trust says of people that are gone', () => {
  test('is read with nobody’s leave when the register cannot be trusted', async () => {
    await house.database.destroy();
    await house.register.reload();
    const { register } = house;
    for (const call of [
      () => register.find('evidence', 'E-1'),
      () => register.historyOf('evidence', 'E-1'),
      () => register.page({ kind: 'evidence', after: undefined, limit: 1 }),
      () => register.check([]),
      () => register.pending(),
      () => register.proposeAct(act([renamed('x')])),
      () => register.asItStood({ sequence: 0, policyDigest: 'x' }),
      () => register.propose(onlySections({}), 'x'),
    ]) {
      expect((await faultOf(call())).code).toBe('register-unavailable');
    }
  });
});

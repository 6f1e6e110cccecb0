import { GatewayError } from '../../src/domain/errors.ts';
import { REGISTER_KINDS, type RegisterKind } from '../../src/domain/register-acts.ts';
import { readRegisterPage, readRegisterRecord } from '../../src/flows/read-register.ts';
import { createActHouse, NEVER, type ActHouse } from '../fakes/act-house.ts';
import { DAY_MS, PEOPLE, person, signedIn } from '../fakes/act-people.ts';
import {
  aModelVersion,
  currentEvidence,
  entryEvidence,
  MODEL,
  NOW,
  practitionerId,
  VERSION,
} from '../fakes/register-builder.ts';

const TRAINEE = practitionerId('trainee');
let house: ActHouse;
beforeAll(async () => {
  house = await createActHouse({
    practitioners: PEOPLE.map((name) => person(name)),
    evidence: [...entryEvidence(TRAINEE), ...currentEvidence(practitionerId('rc-one'))],
    modelVersions: [aModelVersion()],
  });
  await house.perform('rc-one', { act: 'stop-use', model: MODEL, reason: 'Drift' });
  await house.perform('rc-one', {
    act: 'grant-approval',
    practitioner: TRAINEE,
    model: MODEL,
    version: VERSION,
    functions: ['view'],
    mode: 'independent',
    from: NOW,
    until: NOW + DAY_MS,
  });
  await house.together('lead', 'director', {
    act: 'withdraw-evidence',
    id: entryEvidence(TRAINEE)[0]?.id ?? '',
    reason: 'Not theirs',
  });
});
afterAll(async () => {
  await house.close();
});

const refused = async (work: Promise<unknown>): Promise<string> => {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof GatewayError ? error.code : 'fulfilled';
};
const page = (by: string, kind: RegisterKind, more: { after?: string; limit?: number; of?: string } = {}) =>
  readRegisterPage(
    house.deps,
    {
      evidence: { sessionToken: by },
      kind,
      after: more.after,
      limit: more.limit ?? 500,
      ...(more.of === undefined ? {} : { person: practitionerId(more.of) }),
    },
    NEVER,
  );
const one = (by: string, kind: RegisterKind, id: string) =>
  readRegisterRecord(house.deps, { evidence: { sessionToken: by }, kind, id }, NEVER);

describe('who reads what', () => {
  test.each(REGISTER_KINDS)(
    '%s: all of it with a duty around the register, else what is not about people',
    async (kind) => {
      for (const by of ['lead', 'director', 'faculty', 'it', 'auditor']) {
        expect(await refused(page(by, kind))).toBe('fulfilled');
      }
      const isPersonal = ['practitioner', 'evidence', 'approval'].includes(kind);
      for (const by of ['rc-one', 'op-one', 'trainee']) {
        expect(await refused(page(by, kind))).toBe(isPersonal ? 'not-permitted' : 'fulfilled');
        expect(await refused(page(by, kind, { of: by }))).toBe('fulfilled');
        expect(await refused(page(by, kind, { of: 'registrar' }))).toBe(
          isPersonal ? 'not-permitted' : 'fulfilled',
        );
      }
    },
  );

  test('one’s own and nobody else’s', async () => {
    const { records } = await page('trainee', 'evidence', { of: 'trainee' });
    expect(records.map(({ record }) => record?.['practitioner'])).toEqual(records.map(() => 'trainee'));
    expect(records).toHaveLength(entryEvidence(TRAINEE).length - 1);
    expect((await page('trainee', 'approval', { of: 'trainee' })).records).toMatchObject([
      { by: ['rc-one'] },
    ]);
  });

  test('not without records, nor by somebody whom the register does not know', async () => {
    house.signIn('token', { ...signedIn('lead'), scopes: ['images'] });
    expect(await refused(page('token', 'stop-use'))).toBe('scope-missing');
    expect(await refused(page('stranger', 'stop-use'))).toBe('not-permitted');
  });
});

describe('pages', () => {
  test('follow one another, without gaps, in the order of ids', async () => {
    const whole = (await page('lead', 'evidence')).records.map(({ id }) => id);
    const found: string[] = [];
    let after: string | undefined;
    do {
      const next = await page('lead', 'evidence', { limit: 7, ...(after === undefined ? {} : { after }) });
      found.push(...next.records.map(({ id }) => id));
      after = next.next;
    } while (after !== undefined);
    expect(found).toEqual(whole);
    expect(new Set(found).size).toBe(found.length);
    expect((await page('lead', 'evidence', { limit: 7 })).sequence).toBe(
      house.deps.register.snapshot().sequence,
    );
  });
});

describe('one record', () => {
  test('as it stands, and as it was', async () => {
    const known = await one('trainee', 'model-version', `${MODEL}@${VERSION}`);
    expect(known.current?.record).toMatchObject({ version: VERSION, state: 'released' });
    expect(known.history).toHaveLength(1);
    const own = await one('trainee', 'practitioner', 'trainee');
    expect(own.current?.etag).toMatch(/^.+$/);
  });

  test('one that was taken back has a history only, also for its holder', async () => {
    const id = entryEvidence(TRAINEE)[0]?.id ?? '';
    for (const by of ['lead', 'trainee']) {
      const { current, history } = await one(by, 'evidence', id);
      expect(current).toBeUndefined();
      expect(history).toMatchObject([
        { record: { id } },
        { removedBecause: 'Not theirs', by: ['director', 'lead'] },
      ]);
    }
  });

  test('of another: whether there is one is not told', async () => {
    const [piece] = currentEvidence(practitionerId('rc-one'));
    expect(await refused(one('trainee', 'evidence', piece?.id ?? ''))).toBe('not-permitted');
    expect(await refused(one('trainee', 'evidence', 'nothing'))).toBe('not-permitted');
    expect(await refused(one('lead', 'evidence', 'nothing'))).toBe('not-found');
    expect(await refused(one('trainee', 'stop-use', 'nothing'))).toBe('not-found');
  });
});

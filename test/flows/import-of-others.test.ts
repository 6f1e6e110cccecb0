import { GatewayError } from '../../src/domain/errors.ts';
import { evidenceText } from '../../src/domain/record-text.ts';
import type { RecordDraft } from '../../src/domain/register-acts.ts';
import { suspensionOf } from '../../src/domain/credential-status.ts';
import { withdrawAct } from '../../src/flows/withdraw-act.ts';
import { createActHouse, NEVER, type ActHouse } from '../fakes/act-house.ts';
import { DAY_MS, evidenceOfPeople, HOUR_MS, PEOPLE, person } from '../fakes/act-people.ts';
import { aModelVersion, MODEL, practitionerId } from '../fakes/register-builder.ts';

const RC1 = practitionerId('rc-one');
let house: ActHouse;
beforeEach(async () => {
  house = await createActHouse({
    practitioners: PEOPLE.map((name) => person(name)),
    evidence: [...evidenceOfPeople()],
    modelVersions: [aModelVersion()],
  });
});
afterEach(async () => {
  await house.close();
});

async function refused(work: Promise<unknown>): Promise<readonly string[]> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof GatewayError)) throw new Error('it is not refused', { cause: error });
  return [error.code, ...error.reasons.map(({ code }) => code), ...error.message.split('\n').slice(1)];
}
const piece = (id: string, record: Readonly<Record<string, unknown>>): RecordDraft => ({
  kind: 'evidence',
  id,
  record: { id, practitioner: RC1, attestedBy: 'director', ...record },
});
const brought = (...changes: readonly RecordDraft[]) => house.perform('it', { act: 'import', changes });
const isSuspended = (): boolean =>
  suspensionOf(house.deps.register.snapshot().evidenceOf(RC1), undefined, house.now()) !== undefined;

describe('a suspension that a file brings', () => {
  const ofToday = piece('S-file', { type: 'suspension', happenedAt: '2026-03-10' });
  const TOO_EARLY =
    'evidence S-file: happenedAt: a lifting that stands already is later and would undo it: date it after that';
  beforeEach(async () => {
    await house.perform('lead', { act: 'suspend', practitioner: RC1, reason: 'Complaint' });
    house.later(HOUR_MS);
    await house.together('lead', 'director', {
      act: 'lift-suspension',
      practitioner: RC1,
      reason: 'Cleared',
    });
    house.later(HOUR_MS);
  });

  test('suspends, or is not taken: a day that a lifting of that day would undo is a fault', async () => {
    expect(await refused(brought(ofToday))).toEqual(['bad-request', TOO_EARLY]);
    const now = new Date(house.now()).toISOString();
    await house.confirm('lead', await brought(piece('S-file', { type: 'suspension', happenedAt: now })));
    expect(isSuspended()).toBe(true);
  });

  test('of one credential is none of the person: no lifting of that undoes it', async () => {
    const ofScheme = piece('S-file', { type: 'suspension', happenedAt: '2026-03-10', scheme: 'rc-ai' });
    expect((await house.confirm('lead', await brought(ofScheme))).state).toBe('applied');
  });

  test('comes with the lifting that ended it', async () => {
    const [from, until] = ['2025-01-01', '2025-02-01'];
    const both = [
      piece('S-old', { type: 'suspension', happenedAt: from }),
      piece('L-old', { type: 'suspension-lifted', happenedAt: until }),
    ];
    expect((await house.confirm('lead', await brought(...both))).state).toBe('applied');
    expect(isSuspended()).toBe(false);
  });

  test('that stood before its lifting stays as it is, in other words too', async () => {
    const known = house.deps.register.snapshot().evidenceOf(RC1);
    const stood = known.find(({ type }) => type === 'suspension');
    if (stood === undefined) throw new Error('there is none');
    const words = evidenceText(stood);
    const faults = (changes: Readonly<Record<string, unknown>>) =>
      house.deps.register.check([{ kind: 'evidence', id: stood.id, record: { ...words, ...changes } }]);
    expect(await faults({ note: 'Complaint of March' })).toEqual([]);
    for (const changes of [{ happenedAt: '2026-03-01' }, { practitioner: 'rc-two' }, { scheme: 'rc-ai' }]) {
      const isTheirsStill = 'happenedAt' in changes;
      expect((await faults(changes)).map(({ field }) => field)).toEqual(isTheirsStill ? ['happenedAt'] : []);
    }
  });
});

test('two people with a file declare nothing for a third, who is lapsed and stays so', async () => {
  house.later(200 * DAY_MS);
  const said = { happenedAt: new Date(house.now()).toISOString(), attestedBy: RC1, recordedBy: RC1 };
  const statements = ['followed-guidelines', 'reported-incidents', 'stayed-in-scope'];
  expect(await refused(brought(piece('I-1', { type: 'annual-declaration', ...said, statements })))).toEqual([
    'not-permitted',
    'import-beyond',
  ]);
});

test('whom a proposal concerns does not take it back, and sees that they may not', async () => {
  const demoted = { ...person('lead'), roles: ['auditor'] } as const;
  const proposal = await house.perform('other-lead', { act: 'change-practitioner', practitioner: demoted });
  const withdraw = (by: string) =>
    withdrawAct(
      house.deps,
      { evidence: { sessionToken: by }, requestId: 'r', digest: proposal.digest },
      NEVER,
    );
  expect(await refused(withdraw('lead'))).toEqual(['not-permitted', 'interested-party']);
  expect((await withdraw('other-lead')).state).toBe('withdrawn');
});

describe('half a character is a fault of what was sent, not of the gateway', () => {
  test.each<{ name: string; work: () => Promise<unknown>; field: string }>([
    {
      name: 'in a reason',
      work: () => house.perform('rc-one', { act: 'stop-use', model: MODEL, reason: 'Missed \ud83d' }),
      field: 'reason',
    },
    {
      name: 'in a record of a file, beside one that stands',
      work: () => {
        const [known] = house.deps.register.snapshot().evidenceOf(practitionerId('trainee'));
        if (known === undefined) throw new Error('they have none');
        const record = { ...evidenceText(known), note: 'Missed \ud83d' };
        return brought({ kind: 'evidence', id: known.id, record });
      },
      field: 'note',
    },
    {
      name: 'in a name that is none',
      work: () => brought(piece('E-x', { type: 'portfolio', happenedAt: '2026-03-01', '\ud83d': 'x' })),
      field: '',
    },
  ])('$name', async ({ work, field }) => {
    const [code, line] = await refused(work());
    expect([code, line]).toEqual(['bad-request', expect.stringContaining(field)]);
    expect(house.deps.register.snapshot().stopUses()).toEqual([]);
  });
});

describe('roles and logins', () => {
  const practitioner = person('trainee', { roles: ['programme-lead'] });
  const change: RecordDraft = { kind: 'practitioner', id: practitioner.id, record: { ...practitioner } };

  test('are not IT’s to give on a page; a file of theirs proposes them, and a lead has to confirm', async () => {
    const page = house.perform('it', { act: 'change-practitioner', practitioner: { ...practitioner } });
    expect(await refused(page)).toEqual(expect.arrayContaining(['not-permitted', 'act-not-in-duty']));
    const proposal = await brought(change);
    expect(proposal.state).toBe('pending');
    expect(await refused(house.confirm('it', proposal))).toContain('not-permitted');
    expect((await house.confirm('lead', proposal)).state).toBe('applied');
  });

  test('or in a file from the console, under two keys: on record with both names', async () => {
    const text = JSON.stringify({ practitioners: [practitioner] });
    const { digest } = await house.deps.register.propose(text, 'people.json');
    const before = house.caseLog.all().length;
    expect((await house.signByKey('ada', { digest })).state).toBe('pending');
    expect(house.caseLog.all()).toHaveLength(before);
    expect((await house.signByKey('bo', { digest })).state).toBe('applied');
    const [entry, ...others] = house.caseLog.all().slice(before);
    expect(others).toEqual([]);
    expect(entry?.facts.change).toMatchObject({
      kind: 'practitioner',
      act: 'import',
      proposal: digest,
      administrators: ['ada', 'bo'],
    });
  });
});

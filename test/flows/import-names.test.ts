import type { RecordDraft } from '../../src/domain/register-acts.ts';
import { createActHouse, type ActHouse } from '../fakes/act-house.ts';
import { NEW_VERSION, PEOPLE, person } from '../fakes/act-people.ts';
import { aModelVersion, MODEL, VERSION } from '../fakes/register-builder.ts';

let house: ActHouse;
beforeAll(async () => {
  house = await createActHouse({
    practitioners: [
      ...PEOPLE.filter((name) => name !== 'trainee').map((name) => person(name)),
      person('trainee', { name: 'Dr Tai Trainee' }),
    ],
    evidence: [],
    modelVersions: [
      aModelVersion(),
      aModelVersion({ version: NEW_VERSION, state: 'registered', releases: [] }),
    ],
  });
});
afterAll(async () => {
  await house.close();
});

type Words = Readonly<Record<string, unknown>>;
const draft = (kind: RecordDraft['kind'], record: Words): RecordDraft => ({ kind, id: 'X-1', record });
const evidence = (changes: Words): RecordDraft =>
  draft('evidence', {
    id: 'X-1',
    practitioner: 'trainee',
    type: 'portfolio',
    happenedAt: '2026-03-01',
    attestedBy: 'director',
    ...changes,
  });
const approval = (changes: Words): RecordDraft =>
  draft('approval', {
    id: 'X-1',
    practitioner: 'trainee',
    model: MODEL,
    version: VERSION,
    functions: ['view'],
    mode: 'independent',
    from: '2026-03-01',
    until: '2026-09-01',
    grantedBy: 'lead',
    ...changes,
  });
const stop = (changes: Words): RecordDraft =>
  draft('stop-use', {
    id: 'X-1',
    model: MODEL,
    from: '2026-03-01',
    reason: 'Drift',
    by: 'rc-one',
    ...changes,
  });
const guideline = (changes: Words): RecordDraft => ({
  kind: 'guideline',
  id: 'nodules@1',
  record: {
    id: 'nodules',
    version: '1',
    title: 'Nodules',
    digest: `sha256:${'a'.repeat(64)}`,
    links: [],
    draftedBy: 'rc-one',
    draftedAt: '2026-03-01',
    reviews: [],
    comments: [],
    ...changes,
  },
});
const plan = (changes: Words): RecordDraft =>
  draft('plan', {
    id: 'X-1',
    model: MODEL,
    version: VERSION,
    title: 'Plan',
    studies: ['1.2.3'],
    script: [{ id: 'load', title: 'Loads' }],
    operator: 'op-one',
    approvedBy: 'rc-one',
    approvedAt: '2026-03-01',
    ...changes,
  });
const lifted = { liftedAt: '2026-03-02', liftedBecause: 'Fixed' };
const signed = { signedAt: '2026-03-02', effectiveFrom: '2026-03-02' };

test.each<{ name: string; change: RecordDraft }>([
  { name: 'evidence', change: evidence({ recordedBy: 'lead' }) },
  { name: 'evidence that an outsider attested', change: evidence({ attestedBy: 'RCR examiner' }) },
  { name: 'an approval', change: approval({}) },
  { name: 'a stop-use', change: stop({ ...lifted, liftedBy: ['rc-one', 'lead'] }) },
  { name: 'a guideline', change: guideline({ ...signed, signedBy: 'rc-two' }) },
  { name: 'a plan', change: plan({}) },
])('$name that names people who are there is taken', async ({ change }) => {
  expect(await house.deps.register.check([change])).toEqual([]);
});

const NOBODY = 'nobody.here';
test.each<{ field: string; change: RecordDraft }>([
  { field: 'practitioner', change: evidence({ practitioner: NOBODY }) },
  { field: 'recordedBy', change: evidence({ recordedBy: NOBODY }) },
  { field: 'recordedBy', change: evidence({ recordedBy: 'trainee' }) },
  { field: 'attestedBy', change: evidence({ attestedBy: 'trainee' }) },
  { field: 'attestedBy', change: evidence({ attestedBy: 'dr tai  trainee' }) },
  { field: 'practitioner', change: approval({ practitioner: NOBODY }) },
  { field: 'grantedBy', change: approval({ grantedBy: NOBODY }) },
  { field: 'grantedBy', change: approval({ grantedBy: 'trainee' }) },
  { field: 'supervisor', change: approval({ mode: 'supervised', supervisor: NOBODY }) },
  { field: 'supervisor', change: approval({ mode: 'supervised', supervisor: 'trainee' }) },
  { field: 'carriedFrom', change: approval({ carriedFrom: NOBODY }) },
  { field: 'carriedFrom', change: approval({ carriedFrom: 'X-1' }) },
  { field: 'by', change: stop({ by: NOBODY }) },
  { field: 'liftedBy.1', change: stop({ ...lifted, liftedBy: ['rc-one', NOBODY] }) },
  { field: 'draftedBy', change: guideline({ draftedBy: NOBODY }) },
  { field: 'signedBy', change: guideline({ ...signed, signedBy: NOBODY }) },
  { field: 'signedBy', change: guideline({ ...signed, signedBy: 'rc-one' }) },
  {
    field: 'reviews.0.by',
    change: guideline({ reviews: [{ by: NOBODY, at: '2026-03-03', outcome: 'Stands' }] }),
  },
  {
    field: 'comments.0.by',
    change: guideline({ comments: [{ by: NOBODY, at: '2026-03-03', text: 'Fine' }] }),
  },
  { field: 'operator', change: plan({ operator: NOBODY }) },
  { field: 'approvedBy', change: plan({ approvedBy: NOBODY }) },
  { field: 'approvedBy', change: plan({ approvedBy: 'op-one' }) },
])('$field is refused by its name: $change.record', async ({ field, change }) => {
  const faults = await house.deps.register.check([change]);
  expect(faults.map((fault) => fault.field)).toContain(field);
});

test('what is carried over comes from another version of the model', async () => {
  const earlier = approval({ id: 'X-0' });
  const carried = (version: string): readonly RecordDraft[] => [
    { ...earlier, id: 'X-0' },
    approval({ version, carriedFrom: 'X-0', from: '2026-09-01', until: '2026-10-01' }),
  ];
  expect(await house.deps.register.check(carried(NEW_VERSION))).toEqual([]);
  expect(await house.deps.register.check(carried(VERSION))).toMatchObject([{ field: 'carriedFrom' }]);
});

import { foldCase } from '../../src/domain/case-view.ts';
import type { Machine } from '../../src/domain/principal.ts';
import type { TruthRow } from '../../src/domain/truth.ts';
import { recordTruth, type GivenTruth } from '../../src/flows/record-truth.ts';
import { runInference } from '../../src/flows/run-inference.ts';
import { faultOf } from '../fakes/fault-of.ts';
import {
  aCaseId,
  aRequest,
  createInferenceHouse,
  SESSION,
  type InferenceHouse,
} from '../fakes/inference-house.ts';
import {
  aPractitioner,
  aPrincipal,
  aRegister,
  aStudy,
  currentEvidence,
  practitionerId,
  PROVIDER,
  RADIOLOGIST,
  studyUid,
} from '../fakes/register-builder.ts';

const never = new AbortController().signal;
const STUDY = aStudy().studyInstanceUid;
const LEAD = practitionerId('lead');
const MACHINE: Machine = {
  kind: 'machine',
  id: 'pathology-lims',
  purpose: 'truth',
  models: [],
  proof: 'key',
};
const BYSTANDER = practitionerId('bystander');
const WHO = {
  radiologist: SESSION,
  lead: 'lead-session',
  bystander: 'bystander-session',
  password: 'password-session',
  machine: 'machine-key',
  modality: 'modality-key',
  nobody: 'nobody-session',
  twice: 'twice-session',
} as const;
type Who = keyof typeof WHO;

function house(): InferenceHouse {
  const made = createInferenceHouse({
    register: aRegister({
      practitioners: [
        aPractitioner(),
        aPractitioner({ id: LEAD, roles: ['programme-lead'] }),
        aPractitioner({ id: BYSTANDER, profession: 'physicist' }),
        ...['twin-one', 'twin-two'].map((id) =>
          aPractitioner({ id: practitionerId(id), identities: [{ provider: PROVIDER, subject: 'twin' }] }),
        ),
      ],
      evidence: currentEvidence(RADIOLOGIST),
    }),
    people: {
      [WHO.radiologist]: aPrincipal(),
      [WHO.lead]: aPrincipal({ subject: LEAD }),
      [WHO.bystander]: aPrincipal({ subject: BYSTANDER }),
      [WHO.password]: aPrincipal({ assurance: 1 }),
      [WHO.nobody]: aPrincipal({ subject: 'nobody' }),
      [WHO.twice]: aPrincipal({ subject: 'twin' }),
      [WHO.machine]: MACHINE,
      [WHO.modality]: { ...MACHINE, id: 'ct-1', purpose: 'modality' },
    },
  });
  made.setStudy(aStudy({ identifying: { patientId: 'P-1', accessionNumber: 'ACC-1' } }));
  return made;
}

async function houseWithCase(): Promise<InferenceHouse> {
  const made = house();
  await runInference(made.deps, aRequest(), never);
  return made;
}

async function* rowsOf(given: readonly (TruthRow | string)[]): AsyncGenerator<GivenTruth> {
  for (const [place, one] of given.entries()) {
    const row = place + 1;
    yield await Promise.resolve(typeof one === 'string' ? { row, fault: one } : { row, truth: one });
  }
}

function send(
  made: InferenceHouse,
  given: readonly (TruthRow | string)[],
  who: Who = 'lead',
  signal = never,
): ReturnType<typeof recordTruth> {
  const deps = { ...made.deps, caseLogReader: made.log };
  const isMachine = who === 'machine' || who === 'modality';
  const evidence = isMachine ? { bearerToken: WHO[who] } : { sessionToken: WHO[who] };
  const input = { evidence, requestId: 'request-2', rows: rowsOf(given) };
  return recordTruth(deps, input, signal);
}

const truthsOf = (made: InferenceHouse) => made.log.all().filter(({ kind }) => kind === 'case.truth');
const outcomes = async (told: ReturnType<typeof recordTruth>) => (await told).map(({ outcome }) => outcome);
const BY_STUDY: TruthRow = {
  study: STUDY,
  source: 'pathology',
  verdict: 'positive',
  date: '2026-03-09',
  code: 'RID3875',
};
const BY_ACCESSION: TruthRow = { accession: 'ACC-1', source: 'report', verdict: 'negative' };

test('is added to the case, with what it is held against and who said it', async () => {
  const made = await houseWithCase();
  const counted = made.counts();
  expect(await outcomes(send(made, [BY_STUDY]))).toEqual(['recorded']);
  expect(made.last()).toMatchObject({
    kind: 'case.truth',
    caseId: aCaseId(1),
    intent: 'id-1',
    facts: {
      site: 'general',
      model: { id: 'lung-nodule', version: '2.1.0' },
      study: { slice: { ageBand: '40-64' } },
      output: { scoreMicro: 750_000, positive: true },
      auth: { assurance: 3 },
      truth: { source: 'pathology', verdict: 'positive', date: '2026-03-09', code: 'RID3875' },
    },
    personal: { user: 'lead', studyUid: STUDY, accession: 'ACC-1', patientId: 'P-1' },
  });
  expect(foldCase(made.log.all())).toMatchObject({ state: 'released', truth: [{ verdict: 'positive' }] });
  expect(made.counts()).toBe(counted + 1);
});

test('reaches every case of the study in which AI showed something, and none other', async () => {
  const made = house();
  await runInference(made.deps, aRequest(), never);
  await runInference(made.deps, aRequest(), never);
  await runInference(made.deps, aRequest({ study: studyUid('1.2.3') }), never);
  await faultOf(runInference(made.deps, aRequest({ function: 'triage' }), never));
  made.onInfer(() => ({ kind: 'failed', failure: 'timeout', durationMs: 1 }));
  await faultOf(runInference(made.deps, aRequest(), never));
  expect(await outcomes(send(made, [BY_STUDY]))).toEqual(['recorded']);
  expect(truthsOf(made).map(({ caseId }) => caseId)).toEqual([aCaseId(2), aCaseId(1)]);
});

test('the same row again, also at once and from another sender, is once', async () => {
  const made = await houseWithCase();
  await Promise.all([send(made, [BY_STUDY, BY_STUDY]), send(made, [BY_STUDY], 'machine')]);
  expect(truthsOf(made)).toHaveLength(1);
  expect(await outcomes(send(made, [BY_STUDY], 'radiologist'))).toEqual(['known']);
});

test('amending adds; what was overtaken is told, and takes another date to be said anew', async () => {
  const made = await houseWithCase();
  const negative = { ...BY_STUDY, verdict: 'negative' } as const;
  expect(await outcomes(send(made, [BY_STUDY, negative, BY_STUDY]))).toEqual([
    'recorded',
    'recorded',
    'overtaken',
  ]);
  expect(truthsOf(made)[1]?.facts.truth).toMatchObject({ verdict: 'negative', replaces: 'positive' });
  expect(await outcomes(send(made, [{ ...BY_STUDY, date: '2026-03-10' }]))).toEqual(['recorded']);
  expect(foldCase(made.log.all())?.truth).toMatchObject([{ verdict: 'positive', date: '2026-03-10' }]);
});

test('each source and each finding stands by itself', async () => {
  const made = await houseWithCase();
  const other = { ...BY_STUDY, code: 'RID1', verdict: 'indeterminate' } as const;
  expect(await outcomes(send(made, [BY_STUDY, BY_ACCESSION, other]))).toEqual([
    'recorded',
    'recorded',
    'recorded',
  ]);
  expect(truthsOf(made).every(({ facts }) => facts.truth?.replaces === undefined)).toBe(true);
  expect(foldCase(made.log.all())?.truth).toHaveLength(3);
});

test('a row that matches nothing or cannot be read is told, and keeps none waiting', async () => {
  const made = await houseWithCase();
  const unknown = { ...BY_ACCESSION, accession: 'ACC-9' };
  expect(await send(made, [unknown, 'cannot be read: verdict', BY_ACCESSION])).toEqual([
    { row: 1, outcome: 'unmatched' },
    { row: 2, outcome: 'faulty', message: 'cannot be read: verdict' },
    { row: 3, outcome: 'recorded' },
  ]);
  expect(await outcomes(send(made, [{ ...BY_STUDY, study: studyUid('1.2.9') }]))).toEqual(['unmatched']);
});

test('runs of acceptance tests have no truth to wait for', async () => {
  const made = house();
  await runInference(made.deps, aRequest(), never);
  const [opening] = made.log.all();
  if (opening === undefined) throw new Error('no entries');
  const { facts, personal, kind } = opening;
  const approval = { id: 'A-1', mode: 'acceptance' } as const;
  const draft = { id: 'acceptance', kind, caseId: aCaseId(7), facts: { ...facts, approval }, personal };
  await made.log.append({ ...draft, retainClass: 'imaging-record' });
  await send(made, [BY_STUDY]);
  expect(truthsOf(made).map(({ caseId }) => caseId)).toEqual([aCaseId(1)]);
});

test('a machine for it is named as the performer', async () => {
  const made = await houseWithCase();
  await send(made, [BY_STUDY], 'machine');
  expect(made.last()).toMatchObject({ facts: { performer: 'pathology-lims' } });
  expect(made.last().personal).not.toHaveProperty('user');
});

test.each<readonly [Who, string, string | undefined]>([
  ['bystander', 'not-permitted', 'act-not-in-duty'],
  ['password', 'not-permitted', 'assurance-too-low'],
  ['modality', 'not-permitted', undefined],
  ['nobody', 'not-permitted', 'identity-unmapped'],
  ['twice', 'not-permitted', 'identity-ambiguous'],
])('%s -> %s, nothing written', async (who, code, reason) => {
  const made = await houseWithCase();
  const entries = made.kinds();
  const fault = await faultOf(send(made, [BY_STUDY], who));
  expect(fault.code).toBe(code);
  if (reason !== undefined) expect(fault.reasons.map((one) => one.code)).toContain(reason);
  expect(made.kinds()).toEqual(entries);
});

test('a policy that names nobody -> nobody', async () => {
  const made = await houseWithCase();
  const { policy, ...rest } = made.deps.register.snapshot();
  const { truth: _nobody, ...without } = policy;
  made.setRegister({ ...rest, policy: without });
  expect(await faultOf(send(made, [BY_STUDY]))).toMatchObject({ code: 'not-permitted' });
});

test('whoever leaves is read no further; what was written stays', async () => {
  const made = await houseWithCase();
  const leaving = new AbortController();
  const deps = { ...made.deps, caseLogReader: made.log };
  const rows = (async function* (): AsyncGenerator<GivenTruth> {
    yield* rowsOf([BY_STUDY]);
    leaving.abort(new Error('left'));
    yield* rowsOf([BY_ACCESSION]);
  })();
  const input = { evidence: { sessionToken: WHO.lead }, requestId: 'r', rows };
  await expect(recordTruth(deps, input, leaving.signal)).rejects.toThrow('left');
  expect(truthsOf(made)).toHaveLength(1);
});

test.each(['fails', 'fails-but-written'] as const)(
  'the log %s -> told, and sending again is harmless',
  async (mode) => {
    const made = await houseWithCase();
    made.log.behave(mode);
    expect(await faultOf(send(made, [BY_STUDY]))).toMatchObject({ code: 'case-log-unavailable' });
    made.log.behave('ok');
    await send(made, [BY_STUDY]);
    expect(truthsOf(made)).toHaveLength(1);
  },
);

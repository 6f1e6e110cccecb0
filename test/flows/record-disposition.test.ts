import { foldCase } from '../../src/domain/case-view.ts';
import type { Disposition } from '../../src/domain/words.ts';
import { recordDisposition } from '../../src/flows/record-disposition.ts';
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
  RADIOLOGIST,
} from '../fakes/register-builder.ts';

const never = new AbortController().signal;
const OTHER = practitionerId('other');
const TOKENS = { other: 'other-session', password: 'password-session' } as const;

function houseOfTwo(): InferenceHouse {
  const register = aRegister({
    practitioners: [aPractitioner(), aPractitioner({ id: OTHER })],
    evidence: [...currentEvidence(RADIOLOGIST), ...currentEvidence(OTHER)],
  });
  return createInferenceHouse({
    register,
    people: {
      [SESSION]: aPrincipal(),
      [TOKENS.other]: aPrincipal({ subject: OTHER }),
      [TOKENS.password]: aPrincipal({ assurance: 1 }),
    },
  });
}

interface Said {
  readonly disposition?: Disposition;
  readonly token?: string;
  readonly reason?: string;
  readonly disclosed?: boolean;
  readonly caseId?: ReturnType<typeof aCaseId>;
}

function say(house: InferenceHouse, said: Said = {}): ReturnType<typeof recordDisposition> {
  const { disposition = 'accepted', token = SESSION, reason, disclosed, caseId = aCaseId(1) } = said;
  const deps = { ...house.deps, caseLogReader: house.log };
  const who = { evidence: { sessionToken: token }, requestId: 'request-2' };
  return recordDisposition(deps, { ...who, caseId, disposition, reason, disclosed }, never);
}

async function withResult(): Promise<InferenceHouse> {
  const house = houseOfTwo();
  await runInference(house.deps, aRequest(), never);
  return house;
}

test('is written to the case, with what the counters need beside it', async () => {
  const house = await withResult();
  const counted = house.counts();
  const receipt = await say(house, { disposition: 'overridden', reason: 'artefact', disclosed: true });
  expect(house.last()).toMatchObject({
    seq: receipt.seq,
    kind: 'case.disposition',
    caseId: aCaseId(1),
    intent: 'id-1',
    facts: {
      function: 'detection',
      site: 'general',
      model: { id: 'lung-nodule', version: '2.1.0' },
      study: { slice: { ageBand: '40-64' } },
      auth: { assurance: 3 },
      human: { disposition: 'overridden', reason: 'artefact', disclosed: true },
    },
    personal: { user: 'radiologist', studyUid: aStudy().studyInstanceUid },
  });
  expect(house.counts()).toBe(counted + 1);
});

test('amending adds: the newest stands, says what it replaces, and the earlier one stays on record', async () => {
  const house = await withResult();
  await say(house, { disposition: 'accepted' });
  await say(house, { disposition: 'overridden', reason: 'looked again' });
  const said = house.log.all().filter(({ kind }) => kind === 'case.disposition');
  expect(said.map(({ facts }) => facts.human?.disposition)).toEqual(['accepted', 'overridden']);
  expect(said[0]?.facts.human).not.toHaveProperty('replaces');
  expect(said[1]?.facts.human?.replaces).toBe('accepted');
  expect(foldCase(house.log.all())).toMatchObject({
    disposition: 'overridden',
    dispositionReason: 'looked again',
  });
});

test.each([
  ['a case of another', { token: TOKENS.other }, 'not-permitted', 'case-of-another'],
  ['a final interpretation on a password', { token: TOKENS.password }, 'not-permitted', 'assurance-too-low'],
  ['nobody signed in', { token: 'wrong' }, 'not-identified', undefined],
  ['a case that is not there', { caseId: aCaseId(9) }, 'not-found', undefined],
])('%s -> %3$s, nothing written', async (_name, said, code, reason) => {
  const house = await withResult();
  const entries = house.kinds();
  const fault = await faultOf(say(house, said));
  expect(fault.code).toBe(code);
  if (reason !== undefined) expect(fault.reasons.map((one) => one.code)).toContain(reason);
  expect(house.kinds()).toEqual(entries);
});

test.each<readonly [string, (house: InferenceHouse) => Promise<unknown>]>([
  ['refused', (house) => runInference(house.deps, aRequest({ function: 'triage' }), never)],
  [
    'failed',
    (house) => {
      house.onInfer(() => ({ kind: 'failed', failure: 'timeout', durationMs: 1 }));
      return runInference(house.deps, aRequest(), never);
    },
  ],
])('a %s case has no result to answer -> conflict', async (state, open) => {
  const house = houseOfTwo();
  await faultOf(open(house));
  const fault = await faultOf(say(house, { disposition: 'ignored' }));
  expect(fault).toMatchObject({ code: 'conflict', caseId: aCaseId(1) });
  expect(fault.detail).toContain(state);
});

test.each(['fails', 'fails-but-written'] as const)('the log %s -> the person is told', async (mode) => {
  const house = await withResult();
  house.log.behave(mode);
  expect(await faultOf(say(house))).toMatchObject({ code: 'case-log-unavailable' });
});

test('the result of an acceptance run is nobody’s to answer: it belongs in the test record', async () => {
  const house = await withResult();
  const caseId = aCaseId(7);
  for (const { kind, facts, personal } of house.log.all()) {
    const id = `acceptance-${kind}`;
    const isIntent = kind === 'case.intent';
    await house.log.append({
      id,
      kind,
      caseId,
      ...(isIntent ? {} : { intent: 'acceptance-case.intent' }),
      facts: isIntent ? { ...facts, approval: { id: 'A-1', mode: 'acceptance' } } : facts,
      personal,
      retainClass: 'imaging-record',
    });
  }
  const entries = house.log.all().length;
  const fault = await faultOf(say(house, { caseId }));
  expect(fault).toMatchObject({ code: 'conflict', detail: expect.stringContaining('acceptance test') });
  expect(house.log.all()).toHaveLength(entries);
});

import type { Caller } from '../../src/domain/principal.ts';
import { checkReadiness } from '../../src/flows/check-readiness.ts';
import type { PartState } from '../../src/flows/ports.ts';
import { exportCaseLog, readCaseLog, readVerification } from '../../src/flows/read-case-log.ts';
import { readDrift } from '../../src/flows/read-drift.ts';
import { runInference } from '../../src/flows/run-inference.ts';
import { whoAmI, whoCalls, whoSignedIn } from '../../src/flows/who-am-i.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { aRequest, createInferenceHouse, SESSION, type InferenceHouse } from '../fakes/inference-house.ts';
import {
  aPractitioner,
  aPrincipal,
  aRegister,
  practitionerId,
  PROVIDER,
  RADIOLOGIST,
} from '../fakes/register-builder.ts';

const never = new AbortController().signal;
const AUDITOR_SESSION = 'auditor-session';
const TWICE_SESSION = 'twice-session';
const UNKNOWN_SESSION = 'unknown-session';

function houseWithAuditor(): InferenceHouse {
  const twice = [{ provider: PROVIDER, subject: 'twice' }];
  const practitioners = [
    aPractitioner(),
    aPractitioner({ id: practitionerId('auditor'), profession: 'other', roles: ['auditor'] }),
    aPractitioner({ id: practitionerId('one'), roles: ['auditor'], identities: twice }),
    aPractitioner({ id: practitionerId('two'), roles: ['auditor'], identities: twice }),
  ];
  const person = (subject: string): ReturnType<typeof aPrincipal> => aPrincipal({ subject });
  return createInferenceHouse({
    register: aRegister({ practitioners }),
    people: {
      [SESSION]: person(RADIOLOGIST),
      [AUDITOR_SESSION]: person('auditor'),
      [TWICE_SESSION]: person('twice'),
      [UNKNOWN_SESSION]: person('nobody'),
    },
  });
}

const logDeps = (house: InferenceHouse) => ({ ...house.deps, caseLogReader: house.log });
const as = (token: string) => ({ evidence: { sessionToken: token }, requestId: 'request-3' });

/** Who may not, and what they are told. */
const OUTSIDERS = [
  ['a radiologist', SESSION, 'not-permitted'],
  ['a login of two people', TWICE_SESSION, 'not-permitted'],
  ['somebody not in the register', UNKNOWN_SESSION, 'not-permitted'],
  ['nobody', 'wrong', 'not-identified'],
] as const;

describe('reading the case log', () => {
  test('an auditor reads a page, and that they did is on record before they see it', async () => {
    const house = houseWithAuditor();
    await runInference(house.deps, aRequest(), never);
    const page = await readCaseLog(logDeps(house), { ...as(AUDITOR_SESSION), filter: { limit: 2 } }, never);
    expect(page.entries.map(({ kind }) => kind)).toEqual(['audit.read', 'case.outcome']);
    expect(page).toMatchObject({ next: '1', verification: { size: 3, verifiedSize: 3 } });
    expect(house.last()).toMatchObject({
      kind: 'audit.read',
      facts: { change: { limit: 2 } },
      personal: { user: 'auditor' },
    });
  });

  test('the last page has no next', async () => {
    const house = houseWithAuditor();
    const page = await readCaseLog(logDeps(house), { ...as(AUDITOR_SESSION), filter: { limit: 5 } }, never);
    expect(page.next).toBeUndefined();
  });

  test('an export holds every entry in order, itself being one', async () => {
    const house = houseWithAuditor();
    await runInference(house.deps, aRequest(), never);
    const { size, entries } = await exportCaseLog(logDeps(house), as(AUDITOR_SESSION), never);
    const kinds: string[] = [];
    for await (const { kind } of entries) kinds.push(kind);
    expect(kinds).toEqual(['case.intent', 'case.outcome', 'export']);
    expect(size).toBe(3);
  });

  test.each(OUTSIDERS)('%s may neither read nor export', async (_name, token, code) => {
    const house = houseWithAuditor();
    const read = readCaseLog(logDeps(house), { ...as(token), filter: { limit: 5 } }, never);
    expect(await faultOf(read)).toMatchObject({ code });
    expect(await faultOf(exportCaseLog(logDeps(house), as(token), never))).toMatchObject({ code });
    expect(house.kinds()).toEqual([]);
  });

  test.each(['fails', 'fails-but-written'] as const)('the entry %s -> nothing is shown', async (mode) => {
    const house = houseWithAuditor();
    house.log.behave(mode);
    const read = readCaseLog(logDeps(house), { ...as(AUDITOR_SESSION), filter: { limit: 5 } }, never);
    expect(await faultOf(read)).toMatchObject({ code: 'case-log-unavailable' });
  });

  test('whether it verifies is for anyone signed in', async () => {
    const house = houseWithAuditor();
    expect(await readVerification(logDeps(house), as(UNKNOWN_SESSION), never)).toEqual({
      size: 0,
      verifiedSize: 0,
    });
    expect(await faultOf(readVerification(logDeps(house), as('wrong'), never))).toMatchObject({
      code: 'not-identified',
    });
  });
});

describe('reading the drift counters', () => {
  const row = {
    model: 'm',
    version: '1',
    site: 's',
    day: '2026-03-10',
    maker: 'x',
    sex: 'F',
    ageBand: '40-64',
    counter: 'volume',
    bin: '',
    value: 1,
  };
  const read = (token: string, seen: unknown[] = []) => {
    const driftReader = {
      read: async (filter: unknown) => {
        seen.push(filter);
        return [row];
      },
    };
    const deps = { ...houseWithAuditor().deps, driftReader };
    return readDrift(deps, { ...as(token), filter: { model: 'm' } }, never);
  };

  test.each([SESSION, AUDITOR_SESSION])('%s, in the register -> the rows of the filter', async (token) => {
    const seen: unknown[] = [];
    expect(await read(token, seen)).toEqual([row]);
    expect(seen).toEqual([{ model: 'm' }]);
  });

  test.each(OUTSIDERS.slice(1))('%s may not', async (_name, token, code) => {
    expect(await faultOf(read(token))).toMatchObject({ code });
  });
});

describe('who am I', () => {
  test('the login and the one practitioner it names', async () => {
    const { principal, practitioner } = await whoAmI(houseWithAuditor().deps, as(AUDITOR_SESSION), never);
    expect(principal.subject).toBe('auditor');
    expect(practitioner).toEqual({
      id: 'auditor',
      name: 'Dr Rae Radiologist',
      profession: 'other',
      roles: ['auditor'],
    });
  });

  test.each([TWICE_SESSION, UNKNOWN_SESSION])('%s names nobody for certain', async (token) => {
    expect(await whoAmI(houseWithAuditor().deps, as(token), never)).not.toHaveProperty('practitioner');
  });

  test('a machine and a person may ask who calls; the token of one study may not', async () => {
    const machine: Caller = { kind: 'machine', id: 'm', purpose: 'pacs-events', models: [], proof: 'key' };
    const study: Caller = { kind: 'study-reader', studyInstanceUid: '1.2', caseId: 'c', expiresAt: 1 };
    const { deps } = houseWithAuditor();
    const asked = (caller: Caller) =>
      whoCalls({ ...deps, identity: { verifyEvidence: async () => caller } }, { evidence: {} }, never);
    expect(await asked(machine)).toEqual(machine);
    expect(await whoCalls(deps, as(AUDITOR_SESSION), never)).toEqual(
      await whoAmI(deps, as(AUDITOR_SESSION), never),
    );
    expect(await faultOf(asked(study))).toMatchObject({ code: 'not-identified' });
    const login = whoSignedIn({ identity: { verifyEvidence: async () => machine } }, { evidence: {} }, never);
    expect(await faultOf(login)).toMatchObject({ code: 'not-identified' });
  });

  test('nobody signed in -> not-identified', async () => {
    expect(await faultOf(whoAmI(houseWithAuditor().deps, { evidence: {} }, never))).toMatchObject({
      code: 'not-identified',
    });
  });
});

describe('readiness', () => {
  const state = (part: PartState['part'], ok: boolean): PartState => ({
    part,
    ok,
    detail: `About the ${part}.`,
  });
  test.each([
    ['register', true, true],
    ['case-log', true, true],
    ['pacs', false, true],
    ['identity', true, false],
    ['drift', true, false],
    ['policy', true, false],
  ] as const)('%s away -> images %s, AI locked %s', async (part, ready, isLocked) => {
    const parts = [state('drift', true), state(part, false)];
    const answer = await checkReadiness({ health: { states: async () => parts } }, never);
    expect(answer).toEqual({ ready, parts, aiLockedBecause: isLocked ? [`About the ${part}.`] : [] });
  });
  test.each([
    [true, true, true, []],
    [true, false, true, []],
    [false, true, true, []],
    [false, false, false, ['About the pacs.', 'About the archive.']],
  ])('main PACS %s, archive %s -> images %s', async (main, archive, ready, aiLockedBecause) => {
    const parts = [
      state('pacs', main),
      { ...state('pacs', archive), name: 'archive', detail: 'About the archive.' },
    ];
    const answer = await checkReadiness({ health: { states: async () => parts } }, never);
    expect(answer).toEqual({ ready, parts, aiLockedBecause });
  });
});

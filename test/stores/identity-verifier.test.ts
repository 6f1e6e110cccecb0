import { NotIdentified } from '../../src/domain/errors.ts';
import { parseCaseId, parseStudyUid } from '../../src/domain/identifiers.ts';
import type { Caller } from '../../src/domain/principal.ts';
import type { IdentityVerifier, LoginEvidence } from '../../src/flows/ports.ts';
import { createFixedIdentity } from '../fakes/fixed-identity.ts';
import { openSignInHouse, type SignInHouse } from '../fakes/sign-in-house.ts';

const study = parseStudyUid('1.2.826.0.1') ?? fail('study');
const caseId = parseCaseId('c-00000000-0000-4000-8000-000000000001') ?? fail('case');
const signal = AbortSignal.timeout(60_000);

function fail(what: string): never {
  throw new Error(`no ${what}`);
}

interface Given {
  readonly verifier: IdentityVerifier;
  readonly session: string;
  readonly studyToken: string;
  readonly close: () => Promise<void>;
}

/** What holds for every IdentityVerifier, real or fake. */
const VERIFIERS: readonly { readonly name: string; readonly open: () => Promise<Given> }[] = [
  {
    name: 'the identity room',
    open: async () => {
      const house = await openSignInHouse();
      const { token = '' } = await house.signIn();
      const studyToken = await house.identity.studyTokens.issue({ study, caseId, ttlMs: 60_000 });
      return { verifier: house.identity.verifier, session: token, studyToken, close: house.close };
    },
  },
  {
    name: 'the fake',
    open: async () => {
      const person: Caller = {
        kind: 'person',
        provider: 'urn:test:north',
        subject: 'alice.osei',
        method: 'saml',
        assurance: 3,
        authenticatedAt: 0,
        expiresAt: 1,
        sessionRef: 'r',
      };
      const reader: Caller = { kind: 'study-reader', studyInstanceUid: study, caseId, expiresAt: 1 };
      const verifier = createFixedIdentity({ session: person, study: reader });
      return { verifier, session: 'session', studyToken: 'study', close: async () => undefined };
    },
  },
];

describe.each(VERIFIERS)('$name', ({ open }) => {
  let given: Given;
  beforeAll(async () => {
    given = await open();
  });
  afterAll(() => given.close());

  test('a session is a person', async () => {
    const caller = await given.verifier.verifyEvidence({ sessionToken: given.session }, signal);
    expect(caller).toMatchObject({ kind: 'person', subject: 'alice.osei' });
  });

  test('a study token reads its study for its case', async () => {
    const caller = await given.verifier.verifyEvidence({ bearerToken: given.studyToken }, signal);
    expect(caller).toMatchObject({ kind: 'study-reader', studyInstanceUid: study, caseId });
  });

  test('where there are both, the bearer token counts', async () => {
    const evidence = { sessionToken: given.session, bearerToken: given.studyToken };
    expect((await given.verifier.verifyEvidence(evidence, signal)).kind).toBe('study-reader');
  });

  const nobody: readonly { readonly name: string; readonly evidence: () => LoginEvidence }[] = [
    { name: 'nothing', evidence: () => ({}) },
    { name: 'an unknown session', evidence: () => ({ sessionToken: 'x' }) },
    { name: 'an unknown bearer token', evidence: () => ({ bearerToken: 'x' }) },
    {
      name: 'an unknown bearer token beside a good session',
      evidence: () => ({ bearerToken: 'x', sessionToken: given.session }),
    },
    { name: 'a study token as a session', evidence: () => ({ sessionToken: given.studyToken }) },
    { name: 'an empty session', evidence: () => ({ sessionToken: '' }) },
  ];
  test.each(nobody)('$name is nobody', async ({ evidence }) => {
    await expect(given.verifier.verifyEvidence(evidence(), signal)).rejects.toBeInstanceOf(NotIdentified);
  });
});

describe('study tokens', () => {
  let house: SignInHouse;
  beforeEach(async () => {
    house = await openSignInHouse();
  });
  afterEach(() => house.close());
  const who = (bearerToken: string): Promise<string | undefined> =>
    house.identity.verifier.verifyEvidence({ bearerToken }, signal).then(
      (caller) => caller.kind,
      () => undefined,
    );

  test('end after their time', async () => {
    const token = await house.identity.studyTokens.issue({ study, caseId, ttlMs: 60_000 });
    house.passTime(59_000);
    expect(await who(token)).toBe('study-reader');
    house.passTime(1_000);
    expect(await who(token)).toBeUndefined();
  });

  test('end when revoked, and only that one', async () => {
    const { issue, revoke } = house.identity.studyTokens;
    const [first, second] = [
      await issue({ study, caseId, ttlMs: 60_000 }),
      await issue({ study, caseId, ttlMs: 60_000 }),
    ];
    await revoke(first);
    await revoke('unknown');
    expect([await who(first), await who(second)]).toEqual([undefined, 'study-reader']);
  });

  test('end with the process', async () => {
    const token = await house.identity.studyTokens.issue({ study, caseId, ttlMs: 60_000 });
    const { verifier } = house.restart();
    await expect(verifier.verifyEvidence({ bearerToken: token }, signal)).rejects.toBeInstanceOf(
      NotIdentified,
    );
  });

  test('a session is not a bearer token', async () => {
    const { token = '' } = await house.signIn();
    expect(await who(token)).toBeUndefined();
  });

  test('are bounded: a new one is refused, the living go on, and ended ones make room', async () => {
    const { issue } = house.identity.studyTokens;
    const first = await issue({ study, caseId, ttlMs: 60_000 });
    for (let count = 1; count < 10_000; count += 1) await issue({ study, caseId, ttlMs: 10_000 });
    await expect(issue({ study, caseId, ttlMs: 10_000 })).rejects.toMatchObject({ code: 'overloaded' });
    expect(await who(first)).toBe('study-reader');
    house.passTime(10_000);
    expect(await who(await issue({ study, caseId, ttlMs: 10_000 }))).toBe('study-reader');
  });
});

test('study tokens work at every node that has the same stores, until they are revoked or over', async () => {
  const house = await openSignInHouse({ programs: { areStoresShared: true } });
  const { issue, revoke } = house.identity.studyTokens;
  const other = house.restart();
  const reads = (bearerToken: string): Promise<unknown> =>
    other.verifier.verifyEvidence({ bearerToken }, signal).then(
      (caller) => caller,
      (error: unknown) => error,
    );
  const [first, second] = [
    await issue({ study, caseId, ttlMs: 60_000 }),
    await issue({ study, caseId, ttlMs: 60_000 }),
  ];
  const reader = { kind: 'study-reader', studyInstanceUid: study, caseId };
  expect([await reads(first), await reads(second)]).toMatchObject([reader, reader]);
  await revoke(first);
  expect([await reads(first), await reads(second)]).toMatchObject([{ code: 'not-identified' }, reader]);
  expect(await reads('study.never-issued')).toMatchObject({ code: 'not-identified' });
  house.passTime(60_000);
  expect(await reads(second)).toMatchObject({ code: 'not-identified' });
  await house.close();
});

test('the state says whether anybody can sign in', async () => {
  const house = await openSignInHouse();
  expect(await house.identity.state()).toMatchObject({ part: 'identity', ok: true });
  await house.close();
});

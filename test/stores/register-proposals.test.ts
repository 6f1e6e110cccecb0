import { applyRegister } from '../../src/flows/apply-register.ts';
import { keyFingerprint } from '../../src/register/administrator-keys.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { NOW, practitionerId } from '../fakes/register-builder.ts';
import {
  aRegisterFile,
  createRegisterHouse,
  onlySections,
  type RegisterHouse,
} from '../fakes/register-house.ts';

let house: RegisterHouse;

beforeEach(async () => {
  house = await createRegisterHouse();
});

afterEach(async () => {
  await house.close();
});

const DAY = 86_400_000;
const RADIOLOGIST = practitionerId('radiologist');
const nameOf = (): string | undefined => house.register.snapshot().practitioner(RADIOLOGIST)?.name;
const renamed = (name: string): string =>
  onlySections({
    practitioners: aRegisterFile()
      .practitioners.slice(0, 1)
      .map((one) => ({ ...one, name })),
  });

async function codeOf(work: Promise<unknown>): Promise<string> {
  return (await faultOf(work)).code;
}

describe('proposing', () => {
  test('says what would change, changes nothing, and is the same proposal for the same text', async () => {
    const first = await house.propose();
    expect(first).toMatchObject({ state: 'pending', signedBy: [], keys: [] });
    expect(first.changes.map(({ kind, id, action, entry }) => [kind, id, action, entry])).toEqual([
      ['practitioner', 'radiologist', 'added', 'register.change'],
      ['practitioner', 'lead', 'added', 'register.change'],
      ['model-version', 'lung-nodule@2.1.0', 'added', 'model.release'],
      ['evidence', 'E-1', 'added', 'register.change'],
      ['approval', 'A-1', 'added', 'register.change'],
    ]);
    expect(await house.propose()).toEqual(first);
    expect(await house.register.pending()).toEqual([first]);
    expect(await house.register.proposal(first.digest)).toEqual(first);
    expect(house.register.snapshot().practitioners()).toEqual([]);
  });

  test('only what differs is proposed; nothing at all is a conflict', async () => {
    await house.applied();
    expect(await codeOf(house.propose())).toBe('conflict');
    const { changes } = await house.propose(
      JSON.stringify(aRegisterFile({ evidence: [] })).replace('Dr Rae', 'Dr Ray'),
    );
    expect(changes).toMatchObject([
      { kind: 'practitioner', id: 'radiologist', action: 'changed', person: 'radiologist' },
    ]);
  });

  test('what was signed before is not signed again: the same change later is another proposal', async () => {
    const first = await house.applied();
    await house.applied(renamed('Dr New Name'));
    const back = await house.propose();
    expect(back.digest).not.toBe(first.digest);
    expect(back).toMatchObject({ state: 'pending', signedBy: [] });
  });

  test('an unknown proposal is not found', async () => {
    expect(await codeOf(house.register.proposal('sha256:none'))).toBe('not-found');
    expect(await codeOf(house.sign('ada', 'sha256:none'))).toBe('not-found');
    expect(await codeOf(applyRegister(house, { digest: 'sha256:none' }))).toBe('not-found');
  });
});

describe('signing', () => {
  test('two different administrators are needed; then the change is in the log and in force', async () => {
    const { digest } = await house.propose();
    expect(await house.sign('ada', digest)).toMatchObject({ state: 'pending', signedBy: ['ada'] });
    expect(await house.sign('ada', digest)).toMatchObject({ state: 'pending', signedBy: ['ada'] });
    expect(house.caseLog.all()).toEqual([]);
    const done = await house.sign('bo', digest);
    expect(done).toMatchObject({ state: 'applied', signedBy: ['ada', 'bo'] });
    expect(nameOf()).toBe('Dr Rae Radiologist');
    expect(house.register.snapshot().sequence).toBe(5);
    expect(house.register.state()).toEqual({
      part: 'register',
      ok: true,
      detail: 'The AI register stands at change 5.',
    });
    expect(await house.register.pending()).toEqual([]);
  });

  test('each change is one entry with who signed; a person stands in it only as a commitment', async () => {
    const { digest, changes, heads, recordedAt } = await house.applied();
    const entries = house.caseLog.all();
    expect(entries.map(({ id }) => id)).toEqual(
      changes.map((_, place) => `register:${digest}:${String(place)}`),
    );
    expect(entries.map(({ kind }) => kind)).toEqual(changes.map(({ entry }) => entry));
    const keys = house.administrators.map(({ publicKeyPem }) => keyFingerprint(publicKeyPem));
    const [person, , release, evidence] = entries;
    expect(person?.facts).toEqual({
      change: {
        kind: 'practitioner',
        action: 'added',
        digest: changes[0]?.digest,
        act: 'import',
        proposal: digest,
        before: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        head: heads?.after,
        recordedAt,
        administrators: ['ada', 'bo'],
        keys,
      },
    });
    expect(person?.personal).toEqual({ user: 'radiologist' });
    const bodies = entries.map(({ body }) => Buffer.from(body).toString('utf8'));
    expect(bodies[0]).not.toContain('radiologist');
    expect(evidence).toMatchObject({ personal: { user: 'radiologist' }, facts: { change: { id: 'E-1' } } });
    expect(release?.facts).toMatchObject({
      model: { id: 'lung-nodule', version: '2.1.0', family: 'lung-ct', digest: `sha256:${'a'.repeat(64)}` },
      change: { kind: 'model-version', id: 'lung-nodule@2.1.0' },
    });
    expect(entries).toMatchObject(changes.map(() => ({ facts: { change: { head: heads?.after } } })));
    const rows = await house.database
      .selectFrom('register_record')
      .select(['sequence', 'log_seq', 'recorded_at'])
      .execute();
    expect(rows).toEqual(
      [1, 2, 3, 4, 5].map((sequence) => ({ sequence, log_seq: sequence - 1, recorded_at: recordedAt })),
    );
  });

  test.each([
    {
      name: 'of the other administrator',
      administrator: 'ada',
      signer: 'bo',
      over: undefined,
      code: 'bad-request',
    },
    {
      name: 'over another text',
      administrator: 'ada',
      signer: 'ada',
      over: 'sha256:other',
      code: 'bad-request',
    },
    { name: 'of nobody known', administrator: 'eve', signer: 'ada', over: undefined, code: 'not-found' },
  ])('a signature $name does not count', async ({ administrator, signer, over, code }) => {
    const { digest } = await house.propose();
    const signature = house.signatureOf(signer, over ?? digest);
    expect(await codeOf(house.register.sign({ digest, administrator, signature }))).toBe(code);
    expect(await house.register.proposal(digest)).toMatchObject({ signedBy: [] });
  });

  test('a signature comes in time for thirty days, and no longer', async () => {
    const { digest } = await house.propose();
    const signature = house.signatureOf('ada', digest);
    const signAfter = async (days: number): Promise<unknown> => {
      const register = await house.reopen(undefined, NOW + days * DAY);
      return await register.sign({ digest, administrator: 'ada', signature });
    };
    expect(await codeOf(signAfter(31))).toBe('conflict');
    expect(await signAfter(30)).toMatchObject({ signedBy: ['ada'] });
  });

  test('a signature has one spelling', async () => {
    const { digest } = await house.propose();
    const signature = `${house.signatureOf('ada', digest)}\n`;
    expect(await codeOf(house.register.sign({ digest, administrator: 'ada', signature }))).toBe(
      'bad-request',
    );
  });

  test.each(['', 'no base64 at all', 'A'.repeat(88)])('%j is no signature', async (signature) => {
    const { digest } = await house.propose();
    expect(await codeOf(house.register.sign({ digest, administrator: 'ada', signature }))).toBe(
      'bad-request',
    );
  });

  test('what is applied takes no more signatures, and what is outdated neither', async () => {
    const { digest } = await house.propose();
    const other = await house.propose(onlySections({ practitioners: aRegisterFile().practitioners }));
    await house.sign('ada', digest);
    await house.sign('ada', other.digest);
    await house.sign('bo', digest);
    expect(await codeOf(house.sign('ada', digest))).toBe('conflict');
    expect(await codeOf(house.sign('bo', other.digest))).toBe('conflict');
    expect(await house.register.proposal(other.digest)).toMatchObject({ state: 'outdated' });
    expect(await codeOf(applyRegister(house, { digest: other.digest }))).toBe('conflict');
  });

  test('without two signatures nothing is applied', async () => {
    const { digest } = await house.propose();
    await house.sign('ada', digest);
    expect(await codeOf(applyRegister(house, { digest }))).toBe('conflict');
    expect(house.caseLog.all()).toEqual([]);
  });
});

describe('changing what stands', () => {
  test('the newest record of a name wins; a snapshot that is held does not change', async () => {
    await house.applied();
    const held = house.register.snapshot();
    await house.applied(renamed('Dr New Name'));
    expect(nameOf()).toBe('Dr New Name');
    expect(held.practitioner(RADIOLOGIST)?.name).toBe('Dr Rae Radiologist');
    expect(house.register.snapshot().sequence).toBe(6);
  });

  test('what is taken back stands no more, and its history stays', async () => {
    await house.applied();
    const removals = [{ kind: 'approval' as const, id: 'A-1', reason: 'granted for the wrong version' }];
    const done = await house.applied(onlySections({ removals }));
    expect(done.changes).toMatchObject([{ kind: 'approval', action: 'removed', person: 'radiologist' }]);
    expect(house.register.snapshot().approvalsOf(RADIOLOGIST)).toEqual([]);
    expect(await house.database.selectFrom('register_record').select('sequence').execute()).toHaveLength(6);
    expect(
      await codeOf(
        house.propose(onlySections({ removals: [{ ...removals[0], reason: 'again' }] as typeof removals })),
      ),
    ).toBe('bad-request');
  });

  test('a stop-use is an entry of its own kind, a change beside the releases is no release', async () => {
    await house.applied();
    const [version] = aRegisterFile().modelVersions;
    if (version === undefined) throw new Error('the file has a version');
    await house.applied(
      onlySections({
        modelVersions: [{ ...version, title: 'Another title' }],
        stopUses: [
          {
            id: 'S-1',
            model: 'lung-nodule',
            version: '2.1.0',
            from: '2026-03-01',
            reason: 'misses nodules',
            by: 'lead',
          },
        ],
      }),
    );
    const [change, stop] = house.caseLog.all().slice(-2);
    expect(change).toMatchObject({ kind: 'register.change' });
    expect(stop).toMatchObject({
      kind: 'stop-use',
      facts: { model: { id: 'lung-nodule', version: '2.1.0' } },
    });
    expect(house.register.snapshot().stopUses()).toMatchObject([
      { id: 'S-1', from: Date.parse('2026-03-01T00:00:00Z') },
    ]);
  });
});

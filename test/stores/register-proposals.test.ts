import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { GatewayError } from '../../src/domain/errors.ts';
import { applyRegister } from '../../src/flows/apply-register.ts';
import { proposeRegister } from '../../src/flows/propose-register.ts';
import { signRegister } from '../../src/flows/sign-register.ts';
import { keyFingerprint, makeAdministratorKey } from '../../src/register/administrator-keys.ts';
import type { RegisterProposal } from '../../src/flows/ports.ts';
import { createMemoryCaseLog, type MemoryCaseLog } from '../fakes/memory-case-log.ts';
import { practitionerId } from '../fakes/register-builder.ts';
import {
  aRegisterFile,
  createRegisterHouse,
  onlySections,
  type RegisterHouse,
} from '../fakes/register-house.ts';

let house: RegisterHouse;
let caseLog: MemoryCaseLog;

beforeEach(async () => {
  house = await createRegisterHouse();
  caseLog = createMemoryCaseLog();
});

afterEach(async () => {
  await house.close();
});

const RADIOLOGIST = practitionerId('radiologist');
const propose = (text = JSON.stringify(aRegisterFile())): Promise<RegisterProposal> =>
  proposeRegister({ register: house.register }, { text, name: 'import.json' });
const sign = (administrator: string, digest: string, register = house.register): Promise<RegisterProposal> =>
  signRegister(
    { register, caseLog },
    { digest, administrator, signature: house.signatureOf(administrator, digest) },
  );
const nameOf = (): string | undefined => house.register.snapshot().practitioner(RADIOLOGIST)?.name;

async function applied(text?: string): Promise<RegisterProposal> {
  const { digest } = await propose(text);
  await sign('ada', digest);
  return await sign('bo', digest);
}

const renamed = (name: string): string =>
  onlySections({
    practitioners: aRegisterFile()
      .practitioners.slice(0, 1)
      .map((one) => ({ ...one, name })),
  });

async function codeOf(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => 'nothing thrown',
    (error: unknown) => (error as GatewayError).code,
  );
}

describe('proposing', () => {
  test('says what would change, changes nothing, and is the same proposal for the same text', async () => {
    const first = await propose();
    expect(first).toMatchObject({ state: 'pending', signedBy: [], keys: [] });
    expect(first.changes.map(({ kind, id, action, entry }) => [kind, id, action, entry])).toEqual([
      ['practitioner', 'radiologist', 'added', 'register.change'],
      ['practitioner', 'lead', 'added', 'register.change'],
      ['model-version', 'lung-nodule@2.1.0', 'added', 'model.release'],
      ['evidence', 'E-1', 'added', 'register.change'],
      ['approval', 'A-1', 'added', 'register.change'],
    ]);
    expect(await propose()).toEqual(first);
    expect(await house.register.pending()).toEqual([first]);
    expect(await house.register.proposal(first.digest)).toEqual(first);
    expect(house.register.snapshot().practitioners()).toEqual([]);
  });

  test('only what differs is proposed; nothing at all is a conflict', async () => {
    await applied();
    expect(await codeOf(propose())).toBe('conflict');
    const { changes } = await propose(
      JSON.stringify(aRegisterFile({ evidence: [] })).replace('Dr Rae', 'Dr Ray'),
    );
    expect(changes).toMatchObject([
      { kind: 'practitioner', id: 'radiologist', action: 'changed', person: 'radiologist' },
    ]);
  });

  test('what was signed before is not signed again: the same change later is another proposal', async () => {
    const first = await applied();
    await applied(renamed('Dr New Name'));
    const back = await propose();
    expect(back.digest).not.toBe(first.digest);
    expect(back).toMatchObject({ state: 'pending', signedBy: [] });
  });

  test('an unknown proposal is not found', async () => {
    expect(await codeOf(house.register.proposal('sha256:none'))).toBe('not-found');
    expect(await codeOf(sign('ada', 'sha256:none'))).toBe('not-found');
    expect(
      await codeOf(applyRegister({ register: house.register, caseLog }, { digest: 'sha256:none' })),
    ).toBe('not-found');
  });
});

describe('signing', () => {
  test('two different administrators are needed; then the change is in the log and in force', async () => {
    const { digest } = await propose();
    expect(await sign('ada', digest)).toMatchObject({ state: 'pending', signedBy: ['ada'] });
    expect(await sign('ada', digest)).toMatchObject({ state: 'pending', signedBy: ['ada'] });
    expect(caseLog.all()).toEqual([]);
    const done = await sign('bo', digest);
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
    const { digest, changes } = await applied();
    const entries = caseLog.all();
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
        proposal: digest,
        administrators: ['ada', 'bo'],
        keys,
      },
    });
    expect(person?.personal).toEqual({ user: 'radiologist' });
    expect(Buffer.from(person?.body ?? []).toString('utf8')).not.toContain('radiologist');
    expect(evidence).toMatchObject({ personal: { user: 'radiologist' }, facts: { change: { id: 'E-1' } } });
    expect(release?.facts).toMatchObject({
      model: { id: 'lung-nodule', version: '2.1.0', family: 'lung-ct', digest: `sha256:${'a'.repeat(64)}` },
      change: { kind: 'model-version', id: 'lung-nodule@2.1.0' },
    });
    const rows = await house.database.selectFrom('register_record').select(['sequence', 'log_seq']).execute();
    expect(rows).toEqual([1, 2, 3, 4, 5].map((sequence) => ({ sequence, log_seq: sequence - 1 })));
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
    const { digest } = await propose();
    const signature = house.signatureOf(signer, over ?? digest);
    expect(await codeOf(house.register.sign({ digest, administrator, signature }))).toBe(code);
    expect(await house.register.proposal(digest)).toMatchObject({ signedBy: [] });
  });

  test.each(['', 'no base64 at all', 'A'.repeat(88)])('%j is no signature', async (signature) => {
    const { digest } = await propose();
    expect(await codeOf(house.register.sign({ digest, administrator: 'ada', signature }))).toBe(
      'bad-request',
    );
  });

  test('what is applied takes no more signatures, and what is outdated neither', async () => {
    const { digest } = await propose();
    const other = await propose(onlySections({ practitioners: aRegisterFile().practitioners }));
    await sign('ada', digest);
    await sign('ada', other.digest);
    await sign('bo', digest);
    expect(await codeOf(sign('ada', digest))).toBe('conflict');
    expect(await codeOf(sign('bo', other.digest))).toBe('conflict');
    expect(await house.register.proposal(other.digest)).toMatchObject({ state: 'outdated' });
    expect(await codeOf(applyRegister({ register: house.register, caseLog }, { digest: other.digest }))).toBe(
      'conflict',
    );
  });

  test('without two signatures nothing is applied', async () => {
    const { digest } = await propose();
    await sign('ada', digest);
    expect(await codeOf(applyRegister({ register: house.register, caseLog }, { digest }))).toBe('conflict');
    expect(caseLog.all()).toEqual([]);
  });
});

describe('changing what stands', () => {
  test('the newest record of a name wins; a snapshot that is held does not change', async () => {
    await applied();
    const held = house.register.snapshot();
    await applied(renamed('Dr New Name'));
    expect(nameOf()).toBe('Dr New Name');
    expect(held.practitioner(RADIOLOGIST)?.name).toBe('Dr Rae Radiologist');
    expect(house.register.snapshot().sequence).toBe(6);
  });

  test('what is taken back stands no more, and its history stays', async () => {
    await applied();
    const removals = [{ kind: 'approval' as const, id: 'A-1', reason: 'granted for the wrong version' }];
    const done = await applied(onlySections({ removals }));
    expect(done.changes).toMatchObject([{ kind: 'approval', action: 'removed', person: 'radiologist' }]);
    expect(house.register.snapshot().approvalsOf(RADIOLOGIST)).toEqual([]);
    expect(await house.database.selectFrom('register_record').select('sequence').execute()).toHaveLength(6);
    expect(
      await codeOf(
        propose(onlySections({ removals: [{ ...removals[0], reason: 'again' }] as typeof removals })),
      ),
    ).toBe('bad-request');
  });

  test('a stop-use is an entry of its own kind, a change beside the releases is no release', async () => {
    await applied();
    const [version] = aRegisterFile().modelVersions;
    if (version === undefined) throw new Error('the file has a version');
    await applied(
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
    const [change, stop] = caseLog.all().slice(-2);
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

describe('when it is cut off', () => {
  test.each(['fails', 'fails-but-written'] as const)(
    'an append that %s: nothing is in force; again, and it is',
    async (mode) => {
      const { digest } = await propose();
      await sign('ada', digest);
      caseLog.behave(mode, 2);
      expect(await codeOf(sign('bo', digest))).toBe('case-log-unavailable');
      expect(house.register.snapshot().practitioners()).toEqual([]);
      expect(await house.register.proposal(digest)).toMatchObject({ state: 'applying' });
      caseLog.behave('ok');
      expect(await sign('bo', digest)).toMatchObject({ state: 'applied' });
      expect(caseLog.all()).toHaveLength(5);
      expect(nameOf()).toBe('Dr Rae Radiologist');
    },
  );

  test('a crash between log and register: the restarted gateway finishes it, with the same entries', async () => {
    const { digest } = await propose();
    await sign('ada', digest);
    const crashing = { ...house.register, commit: () => Promise.reject(new Error('power cut')) };
    await expect(
      signRegister(
        { register: crashing, caseLog },
        { digest, administrator: 'bo', signature: house.signatureOf('bo', digest) },
      ),
    ).rejects.toThrow('power cut');
    expect(caseLog.all()).toHaveLength(5);
    const restarted = await house.reopen();
    expect(restarted.snapshot().practitioners()).toEqual([]);
    await applyRegister({ register: restarted, caseLog }, { digest });
    expect(caseLog.all()).toHaveLength(5);
    expect(restarted.snapshot().practitioners()).toHaveLength(2);
    const rows = await house.database.selectFrom('register_record').select('log_seq').execute();
    expect(rows.map((row) => row.log_seq)).toEqual([0, 1, 2, 3, 4]);
  });

  test('while one is being applied no other can be', async () => {
    const { digest } = await propose();
    const other = await propose(onlySections({ practitioners: aRegisterFile().practitioners }));
    await sign('ada', digest);
    caseLog.behave('fails');
    await sign('bo', digest).catch(() => undefined);
    caseLog.behave('ok');
    await sign('ada', other.digest);
    expect(await codeOf(sign('bo', other.digest))).toBe('conflict');
    expect(caseLog.all()).toEqual([]);
    await applyRegister({ register: house.register, caseLog }, { digest });
    expect(nameOf()).toBe('Dr Rae Radiologist');
  });

  test('applied twice at once, and again later: once', async () => {
    const { digest } = await propose();
    for (const name of ['ada', 'bo']) {
      await house.register.sign({ digest, administrator: name, signature: house.signatureOf(name, digest) });
    }
    const deps = { register: house.register, caseLog };
    await Promise.all([applyRegister(deps, { digest }), applyRegister(deps, { digest })]);
    expect(await applyRegister(deps, { digest })).toMatchObject({ state: 'applied' });
    expect(await house.register.commit({ digest, logSeqs: [] })).toMatchObject({ state: 'applied' });
    expect(caseLog.all()).toHaveLength(5);
    expect(house.register.snapshot().sequence).toBe(5);
  });

  test('commit takes one entry for each change, after begin', async () => {
    const { digest } = await propose();
    expect(await codeOf(house.register.commit({ digest, logSeqs: [0, 1, 2, 3, 4] }))).toBe('internal');
  });
});

describe('administrators', () => {
  test('are two people with a key each, named once', async () => {
    const [ada] = house.administrators;
    const other = makeAdministratorKey('cy', join(house.folder, 'cy.pem'));
    expect(await house.register.administrators()).toEqual(house.administrators);
    expect(await codeOf(house.register.nameAdministrators([ada, other]))).toBe('conflict');
    expect(await codeOf(house.register.nameAdministrators([ada, ada]))).toBe('conflict');
    expect(await codeOf(house.register.nameAdministrators([ada, { ...ada, name: 'another name' }]))).toBe(
      'conflict',
    );
  });

  test('keep their key to themselves, and nobody writes over it', () => {
    const path = join(house.folder, 'ada.pem');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    expect(() => makeAdministratorKey('ada', path)).toThrow(/EEXIST/);
  });

  test.each([
    { name: 'no PEM at all', pem: 'a key' },
    {
      name: 'a certificate request',
      pem: '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n',
    },
  ])('a key must be an Ed25519 key: $name', ({ pem }) => {
    expect(() => keyFingerprint(pem)).toThrow('This is not an Ed25519 key in PEM.');
  });
});

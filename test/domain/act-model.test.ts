import type { ModelVersion } from '../../src/domain/register.ts';
import { modelVersionText } from '../../src/domain/record-text.ts';
import { statedInputs } from '../../src/domain/stated-inputs.ts';
import { codesOf, draftsOf, NEW_VERSION, peopleRegister, planBy, recordOf } from '../fakes/act-people.ts';
import { aBinding, aModelVersion, MODEL, NOW, VERSION, versionString } from '../fakes/register-builder.ts';

type Words = Readonly<Record<string, unknown>> & { readonly model: string; readonly version: string };
const wordsOf = (known: ModelVersion, changes: Readonly<Record<string, unknown>> = {}): Words => ({
  ...modelVersionText(known),
  model: known.model,
  version: known.version,
  ...changes,
});

const register = peopleRegister();

describe('registering a model version', () => {
  const fresh = wordsOf(
    aModelVersion({ version: versionString('4.0.0'), state: 'registered', releases: [] }),
  );
  test('takes two, whoever begins: its recognition rules lock what they fit; and leaves it locked', () => {
    const plan = planBy({ act: 'register-model', modelVersion: fresh }, { by: 'it', register });
    expect(plan).toMatchObject({ permitted: true, people: 2 });
    expect(draftsOf(plan)).toEqual([{ kind: 'model-version', id: 'lung-nodule@4.0.0', record: fresh }]);
  });

  test('state and releases may go unsaid', () => {
    const { state: _state, releases: _releases, ...said } = fresh;
    const modelVersion = { ...said, model: fresh.model, version: fresh.version };
    expect(recordOf(planBy({ act: 'register-model', modelVersion }, { by: 'it', register }))).toEqual(fresh);
  });

  test.each<{ name: string; changes: Readonly<Record<string, unknown>>; codes: readonly string[] }>([
    { name: 'one that is there', changes: { version: VERSION }, codes: ['exists-already'] },
    { name: 'one in another state', changes: { state: 'released' }, codes: ['life-by-other-act'] },
    {
      name: 'one with releases',
      changes: { releases: [{ site: '*', from: '2026-01-01' }] },
      codes: ['life-by-other-act'],
    },
    { name: 'one whose releases are none', changes: { releases: 'all' }, codes: ['life-by-other-act'] },
    { name: 'one that is retired', changes: { retiredAt: '2026-01-01' }, codes: ['life-by-other-act'] },
  ])('$name: $codes', ({ changes, codes }) => {
    const plan = planBy(
      { act: 'register-model', modelVersion: { ...fresh, ...changes } },
      { by: 'it', register },
    );
    expect(codesOf(plan)).toEqual(codes);
  });
});

describe('changing what is said of a version', () => {
  const endpoint = aBinding();
  const change = (known: ModelVersion, changes: Readonly<Record<string, unknown>>) => {
    const given = peopleRegister({ modelVersions: [known] });
    return planBy(
      { act: 'change-model', modelVersion: wordsOf(known, changes) },
      { by: 'it', register: given },
    );
  };
  const FREE: readonly Readonly<Record<string, unknown>>[] = [
    { title: 'Nodules' },
    { vendor: 'New owner' },
    { udi: 'udi-1' },
    { riskClass: 'IIb', marking: 'UKCA' },
    { recognition: [{ station: 'AI' }] },
    { guideline: { id: 'lung-nodules', version: '4' } },
    { endpoints: [{ ...endpoint, baseUrl: 'http://127.0.0.1:10', timeoutMs: 9_000 }] },
  ];
  const FROZEN: readonly { readonly name: string; readonly changes: Readonly<Record<string, unknown>> }[] = [
    { name: 'digest', changes: { digest: `sha256:${'b'.repeat(64)}` } },
    { name: 'family', changes: { family: 'chest' } },
    { name: 'intendedUse', changes: { intendedUse: { modalities: ['CT', 'MR'] } } },
    { name: 'operatingThreshold', changes: { operatingThreshold: 0.4 } },
    { name: 'operatingThreshold', changes: { operatingThreshold: undefined } },
    { name: 'endpoints', changes: { endpoints: [{ ...endpoint, endpointVersion: '4' }] } },
    { name: 'endpoints', changes: { endpoints: [endpoint, { ...endpoint, function: 'triage' }] } },
    { name: 'endpoints', changes: { endpoints: ['none'] } },
    { name: 'endpoints', changes: { endpoints: 'none' } },
    { name: 'endpoints', changes: { endpoints: [null] } },
    { name: 'surprise', changes: { surprise: 1 } },
  ];

  test.each(FREE)('a released one may be given %j, and takes two', (changes) => {
    const plan = change(aModelVersion(), changes);
    expect(plan).toMatchObject({ permitted: true, people: 2 });
    expect(recordOf(plan)).toMatchObject({ ...changes, state: 'released', releases: [{ site: 'general' }] });
  });

  test.each(FROZEN)('one that has been tested keeps its $name: $changes', ({ name, changes }) => {
    for (const state of ['acceptance', 'released'] as const) {
      const plan = change(
        aModelVersion({ state, ...(state === 'acceptance' ? { releases: [] } : {}) }),
        changes,
      );
      expect(codesOf(plan)).toEqual(['another-version']);
      expect(plan.permitted ? '' : plan.reasons[0]?.text).toContain(name);
    }
  });

  test('all of it is open while it is only registered', () => {
    const known = aModelVersion({ version: NEW_VERSION, state: 'registered', releases: [] });
    expect(recordOf(change(known, { family: 'chest' }))).toMatchObject({
      family: 'chest',
      state: 'registered',
    });
  });

  test('state, releases and retirement stay as they are, whatever is said', () => {
    const retired = aModelVersion({ state: 'retired', retiredAt: NOW, retiredBecause: 'Old' });
    const record = recordOf(
      change(retired, { state: 'released', releases: [], retiredAt: undefined, title: 'Old one' }),
    );
    const kept = modelVersionText(retired);
    expect(record).toEqual({ ...kept, title: 'Old one' });
  });

  test('of nothing known', () => {
    for (const named of [
      { version: '9' },
      { model: 'no model' },
      { version: 'latest' },
      { model: 7 },
      { version: undefined },
    ]) {
      const modelVersion = { ...wordsOf(aModelVersion()), ...named } as Words;
      expect(codesOf(planBy({ act: 'change-model', modelVersion }, { by: 'it', register }))).toEqual([
        'unknown-model-version',
      ]);
    }
  });
});

describe('an endpoint that does not say what it works on', () => {
  const silent = (known: ModelVersion): Words =>
    wordsOf(known, { endpoints: known.endpoints.map(({ input: _input, ...said }) => said) });
  const fresh = aModelVersion({ version: versionString('4.0.0'), state: 'registered', releases: [] });

  test('works on the study, and its record says so', () => {
    const act = { act: 'register-model', modelVersion: silent(fresh) } as const;
    expect(recordOf(planBy(act, { by: 'it', register }))).toEqual(modelVersionText(fresh));
  });

  test('one that has been tested so is no other for it, and one that takes what callers send would be', () => {
    const codesFor = (input: 'study' | 'caller'): readonly string[] => {
      const known = aModelVersion({ endpoints: [aBinding({ input })] });
      const given = peopleRegister({ modelVersions: [known] });
      return codesOf(
        planBy({ act: 'change-model', modelVersion: silent(known) }, { by: 'it', register: given }),
      );
    };
    expect([codesFor('study'), codesFor('caller')]).toEqual([[], ['another-version']]);
  });

  test('in a file it is the same; what is no endpoint stays what it is', () => {
    const file = (record: Words) => {
      const changes = [{ kind: 'model-version', id: 'lung-nodule@4.0.0', record }] as const;
      return planBy({ act: 'import', changes }, { by: 'it', register });
    };
    expect(recordOf(file(silent(fresh)))).toEqual(modelVersionText(fresh));
    for (const endpoints of ['none', ['none', null, 7]]) {
      const words = { ...wordsOf(fresh), endpoints };
      expect(statedInputs(words)).toEqual(words);
    }
  });
});

describe('retiring a version', () => {
  test('says when and why; what it was released for stays', () => {
    const act = { act: 'retire-model', model: MODEL, version: VERSION, reason: 'Replaced' } as const;
    const plan = planBy(act, { by: 'rc-one', register });
    expect(recordOf(plan)).toEqual({
      ...modelVersionText(aModelVersion()),
      state: 'retired',
      retiredAt: '2026-03-10T09:00:00Z',
      retiredBecause: 'Replaced',
    });
    const unknown = { ...act, version: versionString('9') };
    expect(codesOf(planBy(unknown, { by: 'rc-one', register }))).toEqual(['unknown-model-version']);
    const retired = peopleRegister({ modelVersions: [aModelVersion({ state: 'retired', retiredAt: NOW })] });
    expect(codesOf(planBy(act, { by: 'rc-one', register: retired }))).toEqual(['wrong-model-state']);
  });
});

import { bringsSignature } from '../../src/domain/name-only-signature.ts';
import { parseAct } from '../../src/domain/parse-act.ts';
import { planAct } from '../../src/domain/plan-act.ts';
import type { RegisterAct } from '../../src/domain/register-acts.ts';
import type { EndpointBinding, ModelVersion } from '../../src/domain/register.ts';
import { modelVersionText, type RecordText } from '../../src/domain/record-text.ts';
import { peopleRegister, person, signedIn } from '../fakes/act-people.ts';
import {
  aBinding,
  aModelVersion,
  aNameOnlyBinding,
  MODEL,
  NOW,
  shippedPolicy,
  VERSION,
  versionString,
} from '../fakes/register-builder.ts';

const unsigned = aBinding({ attestation: 'name-only' });
const SIGN: RegisterAct = { act: 'sign-name-only', model: MODEL, version: VERSION, function: 'detection' };

function plan(act: RegisterAct, changes: Partial<ModelVersion> = {}, policy = shippedPolicy()) {
  const known = aModelVersion({ endpoints: [unsigned], ...changes });
  const register = peopleRegister({ modelVersions: [known] }, policy);
  const actor = person('rc-one');
  return planAct(act, { actor, principal: signedIn('rc-one'), register, now: NOW, newId: () => 'new' });
}

/** A lead's file that says this of one version. */
function importing(record: RecordText, changes: Partial<ModelVersion>, id = `${MODEL}@${VERSION}`) {
  const known = aModelVersion({ endpoints: [unsigned], ...changes });
  const register = peopleRegister({ modelVersions: [known] });
  const matter = { actor: person('lead'), principal: signedIn('lead'), register, now: NOW };
  const act = { act: 'import', changes: [{ kind: 'model-version', id, record }] } as const;
  return planAct(act, { ...matter, newId: () => 'new' });
}

function codes(planned: ReturnType<typeof plan>): readonly string[] {
  return planned.permitted ? [] : planned.reasons.map(({ code }) => code);
}

test('signing names the endpoint and who asked, and takes two whatever the policy says', () => {
  const policy = shippedPolicy();
  const alone = policy.acts.map((rule) => {
    const { second: _second, ...first } = rule;
    return rule.act === 'sign-name-only' ? ({ ...first, people: 1 } as const) : rule;
  });
  for (const given of [policy, { ...policy, acts: alone }]) {
    const planned = plan(SIGN, {}, given);
    expect(planned).toMatchObject({ permitted: true, people: 2 });
    const signed = { ...unsigned, nameOnly: { baseUrl: unsigned.baseUrl, signedBy: 'rc-one' } };
    expect(planned.permitted && planned.changes).toMatchObject([{ record: { endpoints: [signed] } }]);
  }
});

test('the shipped policy has IT as the second', () => {
  expect(shippedPolicy().acts.find(({ act }) => act === 'sign-name-only')).toMatchObject({
    credentials: ['rc-ai'],
    people: 2,
    second: { roles: ['it'], credentials: [] },
  });
});

describe('what cannot be signed for', () => {
  test.each<{ name: string; act?: Partial<typeof SIGN>; known?: Partial<ModelVersion>; code: string }>([
    { name: 'an unknown version', act: { version: versionString('9') }, code: 'unknown-model-version' },
    { name: 'a function that is not served', act: { function: 'triage' }, code: 'function-not-served' },
    { name: 'one that proves itself', known: { endpoints: [aBinding()] }, code: 'nothing-to-change' },
    { name: 'one that is signed for', known: { endpoints: [aNameOnlyBinding()] }, code: 'nothing-to-change' },
    { name: 'a retired version', known: { state: 'retired' }, code: 'wrong-model-state' },
  ])('$name -> $code', ({ act, known, code }) => {
    expect(codes(plan({ ...SIGN, ...act }, known))).toContain(code);
  });

  test('one that was signed for at another address can be signed for anew', () => {
    const endpoints = [aNameOnlyBinding({ baseUrl: 'http://127.0.0.1:10' })];
    expect(codes(plan(SIGN, { endpoints }))).toEqual([]);
  });
});

describe('no other act brings a signature', () => {
  const signed = modelVersionText(aModelVersion({ endpoints: [aNameOnlyBinding()] }));
  const named = { model: MODEL, version: VERSION };

  test('registering', () => {
    const modelVersion = { ...signed, ...named, version: '9', state: 'registered', releases: [] };
    expect(codes(plan({ act: 'register-model', modelVersion }))).toEqual(['life-by-other-act']);
  });

  test('changing, released or not', () => {
    for (const known of [{}, { state: 'registered' as const, releases: [] }]) {
      const act = { act: 'change-model', modelVersion: { ...signed, ...named } } as const;
      expect(codes(plan(act, known))).toEqual(['life-by-other-act']);
    }
  });

  test('changing something else leaves it, and taking it away only locks', () => {
    const keeps = { act: 'change-model', modelVersion: { ...signed, ...named, title: 'New' } } as const;
    expect(codes(plan(keeps, { endpoints: [aNameOnlyBinding()] }))).toEqual([]);
    const bare = modelVersionText(aModelVersion({ endpoints: [unsigned] }));
    const drops = { act: 'change-model', modelVersion: { ...bare, ...named } } as const;
    expect(codes(plan(drops, { endpoints: [aNameOnlyBinding()] }))).toEqual([]);
  });

  test.each<{ changes: Partial<EndpointBinding> }>([
    { changes: { endpointModel: 'quite-another' } },
    { changes: { endpointVersion: '9' } },
    { changes: { protocol: 'openai-chat' } },
    { changes: { function: 'triage' } },
    { changes: { endpointModel: 'quite-another', baseUrl: 'http://127.0.0.1:10' } },
  ])('what is signed for and becomes $changes wants its signatures anew, by whatever way', ({ changes }) => {
    const known = { state: 'registered', releases: [], endpoints: [aNameOnlyBinding()] } as const;
    const { nameOnly: _signed, ...bare } = aNameOnlyBinding(changes);
    const wordsOf = (endpoint: EndpointBinding) => ({
      ...modelVersionText(aModelVersion({ ...known, endpoints: [endpoint] })),
      ...named,
    });
    const changing = (endpoint: EndpointBinding) =>
      plan({ act: 'change-model', modelVersion: wordsOf(endpoint) }, known);
    expect(codes(changing(aNameOnlyBinding(changes)))).toEqual(['life-by-other-act']);
    expect(codes(changing(bare))).toEqual([]);
    expect(codes(importing(wordsOf(aNameOnlyBinding(changes)), known))).toEqual(['import-beyond']);
    expect(codes(importing(wordsOf(bare), known))).toEqual([]);
    const act = { ...SIGN, function: bare.function };
    expect(codes(plan(act, { ...known, endpoints: [bare] }))).toEqual([]);
  });

  test('one that has been tested becomes nothing else at all', () => {
    const endpoints = [aNameOnlyBinding({ endpointModel: 'quite-another' })];
    for (const state of ['acceptance', 'released', 'retired'] as const) {
      const known = { state, endpoints: [aNameOnlyBinding()] };
      const words = { ...modelVersionText(aModelVersion({ ...known, endpoints })), ...named };
      expect(codes(plan({ act: 'change-model', modelVersion: words }, known))).toContain('another-version');
      expect(codes(importing(words, known))).toContain('another-version');
    }
  });

  test.each([
    { name: 'of a version that is here', record: signed, id: `${MODEL}@${VERSION}` },
    {
      name: 'of a new one',
      record: { ...signed, version: '9', state: 'registered', releases: [] },
      id: `${MODEL}@9`,
    },
  ])('a file $name', ({ record, id }) => {
    expect(codes(importing(record, {}, id))).toContain('import-beyond');
  });
});

test('words that are no endpoints bring nothing', () => {
  for (const words of [{}, { endpoints: 'none' }, { endpoints: [null, 7, {}] }]) {
    expect(bringsSignature(words, undefined)).toBe(false);
  }
});

test('what is signed for already, or of a version that is gone, is read as what it is', () => {
  const record = modelVersionText(aModelVersion({ endpoints: [aNameOnlyBinding()] }));
  const draft = { kind: 'model-version', id: `${MODEL}@${VERSION}`, record } as const;
  const read = (endpoints: ModelVersion['endpoints'] | undefined) => {
    const modelVersions = endpoints === undefined ? [] : [aModelVersion({ endpoints })];
    return parseAct('sign-name-only', [draft], peopleRegister({ modelVersions }));
  };
  expect(read([aNameOnlyBinding()])).toBeUndefined();
  expect(read([unsigned])).toEqual(SIGN);
  expect(read(undefined)).toEqual(SIGN);
  expect(read([aBinding({ function: 'triage' })])).toEqual(SIGN);
});

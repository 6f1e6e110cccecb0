import fc from 'fast-check';
import { EVIDENCE_TYPES } from '../../src/domain/evidence-types.ts';
import { modelVersionText } from '../../src/domain/record-text.ts';
import type { RegisterAct } from '../../src/domain/register-acts.ts';
import { APPROVAL_MODES, DECLARATION_STATEMENTS, RESULTS, type AiFunction } from '../../src/domain/words.ts';
import { DAY_MS, NEW_VERSION, person } from './act-people.ts';
import { aModelVersion, MODEL, NOW, practitionerId, VERSION } from './register-builder.ts';

const reason = 'Because';
const versionNamed = fc.constantFrom(VERSION, NEW_VERSION).map((version) => ({ model: MODEL, version }));
const guideline = fc.constantFrom('1', '2').map((version) => ({ id: 'lung-nodules', version }));
const target = fc.constantFrom(
  { model: MODEL, version: VERSION },
  { model: MODEL },
  { family: 'lung-ct' },
  { site: 'general' },
);
const functions = fc.constantFrom<readonly AiFunction[]>(['detection'], ['view'], ['detection', 'view']);
/** Ids of records that stand at first, and of those that acts write: the harness counts them. */
const idOf = (prefix: string): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constantFrom('start', 'start-2'),
    fc.nat(20).map((place) => `${prefix}new-${String(place)}`),
  );

/** Any act on this cast of people, with parameters that often make sense. `hero` is one of them. */
export function anyAct(hero: string): fc.Arbitrary<RegisterAct> {
  const people = fc.constantFrom(hero, hero, 'rc-two', 'op-one', 'trainee').map(practitionerId);
  const scheme = fc.constantFrom({}, { scheme: 'rc-ai' }, { scheme: 'ai-operator' });
  const piece = fc.record({
    practitioner: people,
    type: fc.constantFrom(...EVIDENCE_TYPES),
    happenedAt: fc.constantFrom(NOW - DAY_MS, NOW - 40 * DAY_MS),
    attestedBy: fc.constantFrom(hero, 'rc-two', 'Somebody else'),
    score: fc.constant(90),
    credits: fc.constant(20),
    validUntil: fc.constant(NOW + 300 * DAY_MS),
    result: fc.constantFrom(...RESULTS),
  });
  const tagged = <T extends object, A extends string>(
    act: A,
    more: fc.Arbitrary<T>,
  ): fc.Arbitrary<T & { act: A }> => more.map((said) => ({ ...said, act }));
  const grant = fc.record({
    practitioner: people,
    functions,
    mode: fc.constantFrom(...APPROVAL_MODES),
    // A grant is not dated further back than a day, and acts follow one another by the minute.
    from: fc.constant(NOW - DAY_MS / 2),
    until: fc.constant(NOW + 90 * DAY_MS),
    supervisor: people,
    plan: fc.constant('start'),
  });
  return fc.oneof(
    fc.constant({ act: 'declare', statements: DECLARATION_STATEMENTS } as const),
    fc.constant({ act: 'log-cpd', title: 'Course', credits: 20, happenedAt: NOW - DAY_MS } as const),
    tagged(
      'acknowledge-guideline',
      guideline.map(({ id, version }) => ({ guideline: id, version })),
    ),
    tagged('attest-evidence', fc.record({ piece })),
    tagged('correct-evidence', fc.record({ id: idOf('E-'), piece, reason: fc.constant(reason) })),
    tagged('withdraw-evidence', fc.record({ id: idOf('E-'), reason: fc.constant(reason) })),
    tagged(
      'award-credential',
      fc.record({ practitioner: people, scheme: fc.constantFrom('rc-ai', 'ai-operator') }),
    ),
    tagged(
      'suspend',
      people.chain((practitioner) => scheme.map((one) => ({ practitioner, reason, ...one }))),
    ),
    tagged(
      'lift-suspension',
      people.chain((practitioner) => scheme.map((one) => ({ practitioner, reason, ...one }))),
    ),
    tagged(
      'grant-approval',
      fc.tuple(grant, versionNamed).map(([{ supervisor, plan, ...said }, named]) => ({
        ...said,
        ...named,
        ...(said.mode === 'supervised' ? { supervisor } : {}),
        ...(said.mode === 'acceptance' ? { plan } : {}),
      })),
    ),
    tagged('end-approval', fc.record({ id: idOf('A-'), reason: fc.constant(reason) })),
    fc.constant({
      act: 'carry-over-approvals',
      model: MODEL,
      fromVersion: VERSION,
      toVersion: NEW_VERSION,
    } as const),
    tagged(
      'approve-plan',
      fc.tuple(people, versionNamed).map(([operator, named]) => ({
        ...named,
        operator,
        title: 'Plan',
        studies: ['1.2.3'],
        script: [{ id: 'load', title: 'Loads' }],
      })),
    ),
    tagged(
      'record-acceptance-test',
      fc.record({ plan: idOf('P-'), item: fc.constant('load'), result: fc.constantFrom(...RESULTS) }),
    ),
    tagged(
      'release-model',
      fc.tuple(idOf('P-'), versionNamed).map(([plan, named]) => ({ ...named, plan, sites: ['*'] })),
    ),
    tagged(
      'stop-use',
      target.map((one) => ({ ...one, reason })),
    ),
    tagged(
      'hold-model',
      target.map((one) => ({ ...one, reason })),
    ),
    tagged('lift-stop-use', fc.record({ id: idOf('S-'), reason: fc.constant(reason) })),
    tagged(
      'sign-name-only',
      versionNamed.map((named) => ({ ...named, function: 'detection' as const })),
    ),
    tagged(
      'retire-model',
      versionNamed.map((named) => ({ ...named, reason })),
    ),
    tagged(
      'draft-guideline',
      guideline.map((one) => ({ ...one, title: 'Nodules', digest: `sha256:${'1'.repeat(64)}`, links: [] })),
    ),
    tagged(
      'comment-on-guideline',
      guideline.map((one) => ({ ...one, text: 'Fine' })),
    ),
    tagged(
      'sign-guideline',
      guideline.map((one) => ({ ...one, effectiveFrom: NOW + 60 * DAY_MS })),
    ),
    tagged(
      'review-guideline',
      guideline.map((one) => ({ ...one, outcome: 'Stands' })),
    ),
    ...twoPersonActs(hero),
  );
}

/** Acts that write whole records. */
function twoPersonActs(hero: string): readonly fc.Arbitrary<RegisterAct>[] {
  const known = modelVersionText(aModelVersion());
  const modelVersion = fc
    .constantFrom<Readonly<Record<string, unknown>>>(
      { state: 'released', releases: [{ site: '*', from: '2026-01-01' }] },
      { title: 'Other' },
    )
    .map((changes) => ({ ...known, version: NEW_VERSION, model: MODEL, ...changes }));
  const own = { ...person('lead', { id: practitionerId(hero) }), scope: {} };
  const puppet = { ...person('rc-two', { id: practitionerId('puppet') }) };
  return [
    modelVersion.map((one) => ({ act: 'change-model', modelVersion: one })),
    modelVersion.map((one) => ({
      act: 'register-model',
      modelVersion: { ...one, version: '4.0.0', state: 'registered', releases: [] },
    })),
    fc.constantFrom(own, puppet).map((practitioner) => ({ act: 'add-practitioner', practitioner })),
    fc.constantFrom(own, puppet).map((practitioner) => ({ act: 'change-practitioner', practitioner })),
    modelVersion.map((one) => ({
      act: 'import',
      changes: [{ kind: 'model-version', id: `${MODEL}@${NEW_VERSION}`, record: one }],
    })),
  ];
}

import fc from 'fast-check';
import { decide } from '../../src/domain/decide.ts';
import type { Principal } from '../../src/domain/principal.ts';
import type { Guideline, RegisterSnapshot } from '../../src/domain/register.ts';
import type { SeriesFacts } from '../../src/domain/dicom/series-facts.ts';
import type { StudyContext } from '../../src/domain/dicom/study-context.ts';
import {
  APPROVAL_MODES,
  ASSURANCES,
  INPUT_SOURCES,
  MODEL_STATES,
  PROTOCOLS,
} from '../../src/domain/words.ts';
import { listModels } from '../../src/flows/list-models.ts';
import { runInference } from '../../src/flows/run-inference.ts';
import { aGuideline, aPlan } from '../domain/reason-given.ts';
import { aRequest, createInferenceHouse, SESSION } from '../fakes/inference-house.ts';
import {
  aBinding,
  aModelVersion,
  anApproval,
  aPractitioner,
  aPrincipal,
  aRegister,
  aStudy,
  currentEvidence,
  MODEL,
  NOW,
  practitionerId,
  RADIOLOGIST,
  shippedPolicy,
  SITE,
  versionString,
} from '../fakes/register-builder.ts';

const DAY = 86_400_000;
const SUPERVISOR = practitionerId('supervisor');
const VERSIONS = ['2.1.0', '3.0.0-rc.1'].map(versionString);
const FUNCTIONS = ['detection', 'triage', 'report-draft', 'record-query'] as const;
const policy = shippedPolicy();
const evidence = currentEvidence(RADIOLOGIST);

const instant = fc.integer({ min: -40, max: 40 }).map((days) => NOW + days * DAY);
const often = <T>(value: T, otherwise: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ arbitrary: fc.constant(value), weight: 9 }, { arbitrary: otherwise, weight: 1 });

const bindings = fc
  .uniqueArray(
    fc.record({
      function: fc.constantFrom(...FUNCTIONS),
      input: fc.constantFrom(...INPUT_SOURCES),
      protocol: fc.constantFrom(...PROTOCOLS),
    }),
    {
      minLength: 1,
      maxLength: 3,
      selector: (binding) => binding.function,
    },
  )
  .map((list) => list.map((changes) => aBinding(changes)));

const modelVersions = fc.tuple(
  ...VERSIONS.map((version) =>
    fc
      .record({
        state: often('released' as const, fc.constantFrom(...MODEL_STATES)),
        endpoints: bindings,
        intendedUse: often(
          aModelVersion().intendedUse,
          fc.constantFrom({ maxSliceThicknessMm: 1 }, { orientations: ['axial' as const], minKvp: 100 }),
        ),
        releases: often(
          aModelVersion().releases,
          fc.record({ site: fc.constantFrom('*', 'other'), from: instant }).map((one) => [one]),
        ),
      })
      .map((changes) => aModelVersion({ version, ...changes })),
  ),
);

const approvals = fc.array(
  fc
    .record({
      version: fc.constantFrom(...VERSIONS),
      functions: fc.subarray([...FUNCTIONS]),
      mode: often('independent' as const, fc.constantFrom(...APPROVAL_MODES)),
      until: often(NOW + DAY, instant),
      supervisor: fc.constantFrom(RADIOLOGIST, SUPERVISOR),
      plan: fc.constantFrom('plan-1', 'plan-2'),
    })
    .map((changes) => anApproval(changes)),
  { maxLength: 3 },
);

const supervised = anApproval({ id: 'supervisor', practitioner: SUPERVISOR, functions: [...FUNCTIONS] });

const register: fc.Arbitrary<RegisterSnapshot> = fc
  .record({
    modelVersions,
    approvals,
    evidence: often(evidence, fc.subarray([...evidence])).map((own) => [
      ...own,
      ...currentEvidence(SUPERVISOR),
    ]),
    stopUses: often(
      [],
      fc
        .record({
          version: fc.constantFrom(...VERSIONS),
          until: instant,
          site: fc.constantFrom(SITE, 'other'),
        })
        .map((stop) => [
          { id: 's', model: MODEL, ...stop, from: NOW - 1, reason: 'wrong side', by: 'radiologist' },
        ]),
    ),
    guidelines: often<readonly Guideline[]>(
      [],
      fc.constantFrom([aGuideline()], [aGuideline({ version: '4' })]),
    ),
    plans: fc.constant(VERSIONS.map((version, place) => aPlan({ id: `plan-${String(place + 1)}`, version }))),
    practitioners: often(aPractitioner(), fc.constant(aPractitioner({ scope: { modalities: ['MR'] } }))).map(
      (own) => [own, aPractitioner({ id: SUPERVISOR })],
    ),
    policy: fc.boolean().map((callerInputAllowed) => ({ ...policy, callerInputAllowed })),
  })
  .map((parts) => aRegister({ ...parts, approvals: [...parts.approvals, supervised] }));

const study: fc.Arbitrary<StudyContext> = fc
  .record({
    modalities: fc.constantFrom(['CT'], ['CT'], ['CT'], ['MR']),
    simulator: fc.boolean(),
    series: fc.constantFrom<readonly SeriesFacts[]>(
      [],
      [{ modality: 'CT', sliceThicknessMm: { min: 1, max: 1 } }],
      [{ modality: 'CT', orientation: 'axial', kvp: { min: 120, max: 120 } }],
    ),
  })
  .map((changes) => aStudy(changes));

const principal: fc.Arbitrary<Principal> = often(3 as const, fc.constantFrom(...ASSURANCES)).map(
  (assurance) => aPrincipal({ assurance }),
);

test('a row of the list says "permitted" exactly when the call gets as far as the endpoint; in principle nothing less is open', async () => {
  const never = new AbortController().signal;
  const seen = { permitted: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(register, study, principal, async (snapshot, context, person) => {
      const house = createInferenceHouse({ register: snapshot, people: { [SESSION]: person } });
      house.setStudy(context);
      const { evidence: login, study: uid } = aRequest();
      const rows = await listModels(house.deps, { evidence: login, study: uid }, never);
      for (const { model, version, function: fn, input, protocol, permitted, reasons } of rows) {
        const calls = house.calls.length;
        // A chat looks the same whatever its endpoint takes, so its edge says nothing of that.
        const brought = protocol === 'openai-chat' ? undefined : input;
        const call = aRequest({ model, version, function: fn, protocol, input: brought, about: ['P-1'] });
        await runInference(house.deps, call, never).catch(() => undefined);
        expect(house.calls.length - calls).toBe(permitted ? 1 : 0);
        expect(reasons.length === 0).toBe(permitted);
        const asked = { caller: person, model, version, function: fn, input, study: context };
        const { approval } = decide(asked, snapshot, NOW);
        const inPrinciple = { site: context.site, simulator: context.simulator };
        const open = decide({ ...asked, study: undefined, inPrinciple }, snapshot, NOW);
        // What is open on this study is open in principle; but for acceptance, which is open on its own studies only.
        if (permitted) expect(open.permitted).toBe(approval?.mode !== 'acceptance');
        seen[permitted ? 'permitted' : 'refused'] += 1;
      }
    }),
    { numRuns: 200 },
  );
  // The variations reach both sides, else the property would say nothing.
  expect(Math.min(seen.permitted, seen.refused)).toBeGreaterThan(20);
});

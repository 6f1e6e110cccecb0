import fc from 'fast-check';
import { decide } from '../../src/domain/decide.ts';
import type { Question } from '../../src/domain/decision.ts';
import type { Reason } from '../../src/domain/reasons.ts';
import type { ModelVersion, StopUse } from '../../src/domain/register.ts';
import { anApproval, aPrincipal, aRegister, aStudy, NOW, SITE } from '../fakes/register-builder.ts';
import { parts, question, snapshotOf } from './random-register.ts';
import { aPlan, aQuestion, DAY_MS, plus, use, versions } from './reason-given.ts';

/** What can be said of a study only. */
const OF_A_STUDY: readonly Reason[] = [
  'site-unknown',
  'context-missing',
  'modality-outside-use',
  'body-part-outside-use',
  'age-outside-use',
  'sop-class-outside-use',
  'slice-thickness-outside-use',
  'kvp-outside-use',
  'orientation-outside-use',
  'burned-in-text-outside-use',
  'derived-images-outside-use',
  'series-outside-use',
  'scope-modality',
  'scope-body-part',
  'scope-population',
];

const codesOf = (reasons: readonly { readonly code: Reason }[]): readonly Reason[] =>
  reasons.map(({ code }) => code);

/** The same question without a study. */
function inPrinciple(asked: Question, site: string | undefined, simulator = false): Question {
  return { ...asked, study: undefined, inPrinciple: { site, simulator } };
}

const SITES: readonly { readonly name: string; readonly site: string | undefined }[] = [
  { name: 'at the site', site: SITE },
  { name: 'anywhere', site: undefined },
];

describe('in principle', () => {
  test.each(SITES)('permits $name, with no study and no context', ({ site }) => {
    const { permitted, reasons } = decide(inPrinciple(aQuestion(), site), aRegister(), NOW);
    expect(reasons).toEqual([]);
    expect(permitted).toBe(true);
  });

  test('a study that is given all the same is not looked at', () => {
    const asked = aQuestion({ study: aStudy({ modalities: ['MR'], site: 'elsewhere' }) });
    const { permitted } = decide(
      { ...asked, inPrinciple: { site: SITE, simulator: false } },
      aRegister(),
      NOW,
    );
    expect(permitted).toBe(true);
  });

  test('what depends on the study is left out, everything else is said', () => {
    const register = aRegister({
      ...use({ modalities: ['MR'], maxAgeYears: 1 }),
      evidence: plus('suspension'),
      approvals: [],
    });
    const asked = inPrinciple(aQuestion({ caller: aPrincipal({ assurance: 1 }) }), SITE);
    expect(codesOf(decide(asked, register, NOW).reasons)).toEqual([
      'practitioner-suspended',
      'assurance-too-low',
      'approval-missing',
    ]);
  });

  const release = (...sites: readonly string[]): ModelVersion['releases'] =>
    sites.map((site) => ({ site, from: NOW - DAY_MS }));
  const stop = (...sites: readonly (string | undefined)[]): readonly StopUse[] =>
    sites.map((site, place) => ({
      id: String(place),
      ...(site === undefined ? {} : { site }),
      from: NOW - 1,
      reason: 'drift',
      by: 'somebody',
    }));
  test.each<{
    name: string;
    site?: string;
    releases: ModelVersion['releases'];
    stops: readonly StopUse[];
    codes: readonly Reason[];
  }>([
    {
      name: 'released elsewhere, at the site',
      site: SITE,
      releases: release('elsewhere'),
      stops: [],
      codes: ['not-released-at-site'],
    },
    { name: 'released elsewhere, anywhere', releases: release('elsewhere'), stops: [], codes: [] },
    {
      name: 'released nowhere yet',
      releases: [{ site: SITE, from: NOW + 1 }],
      stops: stop('elsewhere'),
      codes: ['not-released'],
    },
    {
      name: 'stopped at the site',
      site: SITE,
      releases: release('*'),
      stops: stop(SITE),
      codes: ['stop-use'],
    },
    {
      name: 'stopped at another site',
      site: SITE,
      releases: release('*'),
      stops: stop('elsewhere'),
      codes: [],
    },
    {
      name: 'stopped at one of two sites, anywhere',
      releases: release(SITE, 'elsewhere'),
      stops: stop(SITE),
      codes: [],
    },
    {
      name: 'stopped at both, anywhere',
      releases: release(SITE, 'elsewhere'),
      stops: stop(SITE, 'elsewhere'),
      codes: ['stop-use'],
    },
    {
      name: 'stopped at the one where the release has begun, anywhere',
      releases: [...release(SITE), { site: 'elsewhere', from: NOW + 1 }],
      stops: stop(SITE),
      codes: ['stop-use'],
    },
    {
      name: 'stopped at one site while released everywhere, anywhere',
      releases: release('*'),
      stops: stop(SITE),
      codes: [],
    },
    {
      name: 'stopped altogether, anywhere',
      releases: release('*'),
      stops: stop('elsewhere', undefined),
      codes: ['stop-use'],
    },
  ])('$name -> $codes', ({ site, releases, stops, codes }) => {
    const register = aRegister({ ...versions({ releases }), stopUses: stops });
    expect(codesOf(decide(inPrinciple(aQuestion(), site), register, NOW).reasons)).toEqual(codes);
  });

  test('an unknown version that is stopped altogether is unknown and stopped', () => {
    const register = aRegister({ modelVersions: [], stopUses: stop(undefined) });
    expect(codesOf(decide(inPrinciple(aQuestion(), undefined), register, NOW).reasons)).toEqual([
      'model-unknown',
      'stop-use',
    ]);
  });

  test('acceptance is never open in principle, not even to the operator of the plan', () => {
    const register = aRegister({
      ...versions({ state: 'acceptance', releases: [] }),
      approvals: [anApproval({ mode: 'acceptance', plan: 'plan-1' })],
      plans: [aPlan()],
    });
    for (const { site } of SITES) {
      const { reasons } = decide(inPrinciple(aQuestion(), site), register, NOW);
      expect(codesOf(reasons)).toEqual(['outside-acceptance-plan']);
    }
  });
});

describe('in principle, whatever the register holds', () => {
  const RUNS = { numRuns: 200 };

  test('what is permitted on a study is permitted in principle, at its site and anywhere', () => {
    fc.assert(
      fc.property(parts, question, (given, asked) => {
        const register = snapshotOf(given);
        const decision = decide(asked, register, NOW);
        fc.pre(decision.permitted && decision.approval?.mode !== 'acceptance');
        for (const site of [asked.study?.site, undefined]) {
          const open = decide(inPrinciple(asked, site, asked.study?.simulator), register, NOW);
          expect(open).toMatchObject({ permitted: true, reasons: [] });
        }
      }),
      RUNS,
    );
  });

  test('what is refused in principle is refused on every study of that site for the same reasons, and others of the study', () => {
    fc.assert(
      fc.property(parts, question, (given, asked) => {
        const register = snapshotOf({
          ...given,
          approvals: given.approvals.filter(({ mode }) => mode !== 'acceptance'),
        });
        const onStudy = codesOf(decide(asked, register, NOW).reasons);
        const open = decide(inPrinciple(asked, asked.study?.site, asked.study?.simulator), register, NOW);
        expect(codesOf(open.reasons)).toEqual(onStudy.filter((code) => !OF_A_STUDY.includes(code)));
      }),
      RUNS,
    );
  });
});

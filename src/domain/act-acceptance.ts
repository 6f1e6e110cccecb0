import { unknownPerson, unknownVersion } from './act-approval.ts';
import { judgeDuty } from './act-authority.ts';
import type { ActFinding } from './act-finding.ts';
import {
  nothingBut,
  type ActMatter,
  type ActNamed,
  type ActOutline,
  type ActOutlines,
} from './act-matter.ts';
import { versionDraft } from './act-model.ts';
import { judgeLife, stateAfter } from './model-life.ts';
import { modelVersionText, recordText } from './record-text.ts';
import type { AcceptanceTest, RegisterSnapshot, Release, RevalidationPlan } from './register.ts';

/** From a registered version to a released one: the plan is approved, its tests are recorded, the release is signed. */
export const ACCEPTANCE_OUTLINES: ActOutlines<'approve-plan' | 'record-acceptance-test' | 'release-model'> = {
  'approve-plan': outlinePlan,
  'record-acceptance-test': outlineTest,
  'release-model': outlineRelease,
};

function outlinePlan(act: ActNamed<'approve-plan'>, matter: ActMatter): ActOutline {
  const { actor, register, now, newId } = matter;
  const { act: _name, ...said } = act;
  const known = register.modelVersion(act.model, act.version);
  if (known === undefined) return nothingBut(unknownVersion(act));
  const id = `P-${newId()}`;
  const record = recordText({ id, ...said, approvedBy: actor.id, approvedAt: now }, ['approvedAt']);
  const state = stateAfter('approve-plan', known.state);
  return {
    findings: [...judgeLife('approve-plan', known), ...judgeOperator(act, matter)],
    changes: [
      { kind: 'plan', id, record },
      ...(state === known.state ? [] : [versionDraft(modelVersionText({ ...known, state }), known)]),
    ],
  };
}

/** Another person than who approves it, who is in a position to record the tests. */
function judgeOperator(
  { operator }: ActNamed<'approve-plan'>,
  { actor, register, now }: ActMatter,
): readonly ActFinding[] {
  const person = register.practitioner(operator);
  if (person === undefined) return [unknownPerson(operator)];
  if (person.id === actor.id) return [{ code: 'not-for-oneself', facts: { detail: 'a plan that you run' } }];
  const duty = judgeDuty({ act: 'record-acceptance-test', person, seat: 'first' }, register, now);
  return duty.length === 0 ? [] : [{ code: 'operator-cannot-run', facts: { detail: operator } }];
}

function outlineTest(act: ActNamed<'record-acceptance-test'>, matter: ActMatter): ActOutline {
  const { actor, register, now, newId } = matter;
  const plan = register.plan(act.plan);
  if (plan === undefined)
    return nothingBut({ code: 'unknown-record', facts: { detail: `plan ${act.plan}` } });
  const known = register.modelVersion(plan.model, plan.version);
  const findings: ActFinding[] =
    known === undefined ? [unknownVersion(plan)] : [...judgeLife('record-acceptance-test', known)];
  if (plan.operator !== actor.id) findings.push({ code: 'not-plan-operator', facts: { detail: plan.title } });
  if (!plan.script.some(({ id }) => id === act.item)) {
    findings.push({ code: 'plan-item-unknown', facts: { detail: act.item } });
  }
  const { act: _name, ...said } = act;
  const id = `T-${newId()}`;
  const record = recordText({ id, ...said, recordedBy: actor.id, happenedAt: now }, ['happenedAt']);
  return { findings, changes: [{ kind: 'acceptance-test', id, record }] };
}

function outlineRelease(act: ActNamed<'release-model'>, matter: ActMatter): ActOutline {
  const { actor, register, now } = matter;
  const known = register.modelVersion(act.model, act.version);
  if (known === undefined) return nothingBut(unknownVersion(act));
  const isReleased = (site: string): boolean =>
    known.releases.some((one) => one.site === site && now < (one.until ?? Infinity));
  const sites = [...new Set(act.sites)].filter((site) => !isReleased(site));
  const added = sites.map((site): Release => ({ site, from: now, signedBy: actor.id, plan: act.plan }));
  const state = stateAfter('release-model', known.state);
  const released = { ...known, state, releases: [...known.releases, ...added] };
  return {
    findings: [
      ...judgeLife('release-model', known),
      ...judgeTested(act, matter),
      ...(sites.length === 0
        ? [{ code: 'nothing-to-change', facts: { detail: 'name a site' } } as const]
        : []),
    ],
    changes: [versionDraft(modelVersionText(released), known)],
  };
}

/**
 * The plan was approved for exactly this version, each of its tests was passed last, no other plan of the version ends in a failure, and
 * whoever signs now recorded none of their tests: an easier plan beside a failed one releases nothing.
 */
function judgeTested(act: ActNamed<'release-model'>, { actor, register }: ActMatter): readonly ActFinding[] {
  const plan = register.plan(act.plan);
  if (plan === undefined || plan.model !== act.model || plan.version !== act.version) {
    return [{ code: 'plan-not-in-force', facts: { detail: act.plan } }];
  }
  const tests = register.acceptanceTestsOf(plan.id);
  const open = [
    ...plan.script.filter(({ id }) => !isPassed(tests, id, plan)).map(({ title }) => title),
    ...failedBeside(plan, register),
  ];
  const findings: ActFinding[] = [];
  if (open.length > 0) findings.push({ code: 'tests-incomplete', facts: { detail: open.join(', ') } });
  if (testersOf(plan, register).has(actor.id)) findings.push({ code: 'tester-cannot-release' });
  return findings;
}

/** The newest record of a test counts, and only the operator's word. */
function isPassed(tests: readonly AcceptanceTest[], item: string, { operator }: RevalidationPlan): boolean {
  const newest = tests.findLast((test) => test.item === item);
  return newest?.result === 'pass' && newest.recordedBy === operator;
}

/** Tests of the version's other plans that were failed last, whoever recorded it. */
function failedBeside(
  { id: named, model, version }: RevalidationPlan,
  register: RegisterSnapshot,
): readonly string[] {
  return register
    .plansFor(model, version)
    .filter(({ id }) => id !== named)
    .flatMap(({ id, title, script }) => {
      const tests = register.acceptanceTestsOf(id);
      const failed = script.filter(
        (item) => tests.findLast((test) => test.item === item.id)?.result === 'fail',
      );
      return failed.map((item) => `${item.title} (${title})`);
    });
}

/** Who runs a plan, and everybody who recorded tests of any plan of its version: none of them signs the release. */
export function testersOf(
  { operator, model, version }: Pick<RevalidationPlan, 'operator' | 'model' | 'version'>,
  register: RegisterSnapshot,
): ReadonlySet<string> {
  const tests = register.plansFor(model, version).flatMap(({ id }) => register.acceptanceTestsOf(id));
  return new Set([operator, ...tests.map(({ recordedBy }) => recordedBy)]);
}

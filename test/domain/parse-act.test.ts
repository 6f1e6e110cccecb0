import fc from 'fast-check';
import { parseAct } from '../../src/domain/parse-act.ts';
import { outlineAct, planAct } from '../../src/domain/plan-act.ts';
import {
  REGISTER_ACTS,
  type RecordDraft,
  type RegisterAct,
  type RegisterActName,
} from '../../src/domain/register-acts.ts';
import type { Instant } from '../../src/domain/register.ts';
import { DAY_MS, NEW_VERSION, peopleRegister, POLICY, snapshotOf, withDrafts } from '../fakes/act-people.ts';
import { anyAct } from '../fakes/random-acts.ts';
import { aPrincipal, MODEL, NOW } from '../fakes/register-builder.ts';
import { EVERY, hero, RICH, START, type Contents } from './every-act.ts';

/** The hero may hold, too: no radiologist does by the policy that ships. */
const policy = {
  ...POLICY,
  acts: POLICY.acts.map((rule) => (rule.act === 'hold-model' ? { ...rule, credentials: [] } : rule)),
};

interface Walk {
  readonly contents: Contents;
  readonly now: Instant;
  readonly ids: number;
  readonly done: readonly RegisterActName[];
}

/** Plans the act; what comes of it must be read as an act that comes to the same. */
function step(walk: Walk, act: RegisterAct): Walk {
  const { contents, now } = walk;
  const counting = (): { ids: number; newId: () => string } => {
    const counter = { ids: walk.ids, newId: () => `new-${String((counter.ids += 1))}` };
    return counter;
  };
  const first = counting();
  const register = snapshotOf(contents, policy);
  const principal = aPrincipal({ subject: 'hero', authenticatedAt: now - 1_000, expiresAt: now + DAY_MS });
  const matter = { actor: hero, principal, register, now };
  const plan = planAct(act, { ...matter, newId: first.newId });
  if (!plan.permitted) return { ...walk, now: now + 60_000 };
  const read = parseAct(act.act, plan.changes, register);
  if (read === undefined) throw new Error(`${act.act} cannot be read`);
  const { findings, changes } = outlineAct(read, { ...matter, newId: counting().newId });
  expect({ findings, changes }).toEqual({ findings: [], changes: plan.changes });
  return {
    contents: withDrafts(contents, plan.changes),
    now: now + 60_000,
    ids: first.ids,
    done: [...walk.done, act.act],
  };
}

const walk = (acts: readonly RegisterAct[]): Walk =>
  acts.reduce(step, { contents: START, now: NOW, ids: 0, done: [] });

test('whatever is proposed is read from its records as an act that comes to the same', () => {
  fc.assert(
    fc.property(fc.array(anyAct('hero'), { minLength: 1, maxLength: 12 }), (acts) => {
      expect(() => walk(acts)).not.toThrow();
    }),
    { numRuns: 60 },
  );
});

test.each(REGISTER_ACTS)('so is every act there is, with all that it can say: %s', (name) => {
  for (const act of EVERY[name]) {
    expect(step({ contents: RICH, now: NOW, ids: 0, done: [] }, act).done).toEqual([name]);
  }
});

describe('what cannot be read any more', () => {
  test('is what writes nothing, and what was carried over from an approval that is gone', () => {
    const register = peopleRegister();
    expect(parseAct('grant-approval', [], register)).toBeUndefined();
    const carried = { practitioner: 'rc-two', model: MODEL, version: NEW_VERSION, carriedFrom: 'A-gone' };
    expect(
      parseAct('carry-over-approvals', [{ kind: 'approval', id: 'A-1', record: carried }], register),
    ).toBeUndefined();
  });

  test('is what takes back a record by an act that takes none back', () => {
    const gone = [{ kind: 'model-version', id: 'x', removed: true, reason: 'x' }] as const;
    expect(parseAct('release-model', gone, peopleRegister())).toBeUndefined();
  });

  test('words that say less than any act writes come to an act of nothing', () => {
    const register = peopleRegister();
    const bare = (kind: RecordDraft['kind']): readonly RecordDraft[] => [{ kind, id: 'x', record: {} }];
    expect(parseAct('release-model', bare('model-version'), register)).toMatchObject({ plan: '', sites: [] });
    expect(parseAct('comment-on-guideline', bare('guideline'), register)).toMatchObject({ text: '' });
    expect(parseAct('review-guideline', bare('guideline'), register)).toMatchObject({ outcome: '' });
    const named = [{ kind: 'evidence', id: 'x', record: { guideline: 'g' } }] as const;
    expect(parseAct('acknowledge-guideline', named, register)).toMatchObject({ guideline: 'g', version: '' });
  });
});

import { ACCEPTANCE_OUTLINES } from './act-acceptance.ts';
import { APPROVAL_OUTLINES } from './act-approval.ts';
import { judgeActor, judgeDuty, ruleFor, SAFETY_ACTS } from './act-authority.ts';
import { CARRY_OVER_OUTLINES } from './act-carry-over.ts';
import { CREDENTIAL_OUTLINES } from './act-credential.ts';
import { EVIDENCE_OUTLINES } from './act-evidence.ts';
import { explainAct } from './act-finding.ts';
import { GUIDELINE_OUTLINES } from './act-guideline.ts';
import { IMPORT_OUTLINES } from './act-import.ts';
import {
  nothingBut,
  type ActMatter,
  type ActNamed,
  type ActOutline,
  type ActOutlines,
} from './act-matter.ts';
import { MODEL_OUTLINES } from './act-model.ts';
import { NAME_ONLY_OUTLINES } from './act-name-only.ts';
import { OWN_OUTLINES } from './act-own.ts';
import { PRACTITIONER_OUTLINES } from './act-practitioner.ts';
import { STOP_USE_OUTLINES } from './act-stop-use.ts';
import type { ActRule } from './policy.ts';
import type { Principal } from './principal.ts';
import type { ReasonInstance } from './reasons.ts';
import type { RecordDraft, RegisterAct, RegisterActName } from './register-acts.ts';

const OUTLINES: ActOutlines = {
  ...OWN_OUTLINES,
  ...PRACTITIONER_OUTLINES,
  ...EVIDENCE_OUTLINES,
  ...CREDENTIAL_OUTLINES,
  ...APPROVAL_OUTLINES,
  ...CARRY_OVER_OUTLINES,
  ...MODEL_OUTLINES,
  ...ACCEPTANCE_OUTLINES,
  ...STOP_USE_OUTLINES,
  ...NAME_ONLY_OUTLINES,
  ...GUIDELINE_OUTLINES,
  ...IMPORT_OUTLINES,
};

/** What an act comes to: refused with every reason that applies, or what it writes and how many people that takes. */
export type ActPlan =
  | { readonly permitted: false; readonly reasons: readonly ReasonInstance[] }
  | {
      readonly permitted: true;
      readonly changes: readonly RecordDraft[];
      readonly people: 1 | 2;
      readonly rule: ActRule;
    };

/** Who acts, as they are signed in. */
export interface Actor extends ActMatter {
  readonly principal: Principal;
}

/**
 * Whether somebody may do this to the register now, and what it writes: the policy's rule for the act, and beside it what no policy can
 * change. Nobody acts for themselves; what stops AI takes one person and effect at once. Whoever it is no duty of hears that alone.
 */
export function planAct(act: RegisterAct, actor: Actor): ActPlan {
  const { register, now, principal, actor: person } = actor;
  const rule = ruleFor(act.act, register.policy);
  const ofActor = judgeActor({ act: act.act, person, seat: 'first', principal }, register, now);
  // Whoever it is no duty of learns nothing of those it is about: what stands against it would tell.
  const isTheirs = judgeDuty({ act: act.act, person, seat: 'first' }, register, now).length === 0;
  const { findings, changes, takesTwo } = isTheirs ? outlineAct(act, actor) : nothingBut();
  const reasons = explainAct([...ofActor, ...findings]);
  if (rule === undefined || reasons.length > 0) return { permitted: false, reasons };
  const people = SAFETY_ACTS.includes(act.act) ? 1 : rule.people;
  return { permitted: true, changes, people: takesTwo === true ? 2 : people, rule };
}

/** The part of it that is about the act alone, whoever is signed in and how. */
export function outlineAct<N extends RegisterActName>(act: ActNamed<N>, matter: ActMatter): ActOutline {
  const outline: ActOutlines[N] = OUTLINES[act.act];
  return outline(act, matter);
}

import { judgeCoSignature } from './judge-co-signature.ts';
import { judgeHold } from './judge-hold.ts';
import { groundOf } from './decide-ground.ts';
import { judgeLogin, judgeMapping, judgeSession } from './decide-identity.ts';
import { judgeLife, judgeModel } from './decide-model.ts';
import { judgeScope } from './decide-scope.ts';
import { isLockedHere } from './decide-stop-use.ts';
import type { Decision, Question } from './decision.ts';
import { explain, NO_FINDINGS, together, type Finding } from './finding.ts';
import type { Ground } from './ground.ts';
import { gatherMatter, type Matter } from './matter.ts';
import type { Instant, RegisterSnapshot } from './register.ts';

// They live beside this file so that its parts can name them without a cycle.
export type { Decision, Question };

/**
 * Whether the person may have it: identity, model, credential, approval and scope must each hold, and every reason that
 * applies is given, in that order. Pure: the same inputs give the same answer, for ever.
 * Several approvals may cover one question (a trainee's for the sandbox and a supervised one); the one with the least in its
 * way is relied on, and the reasons are those that stand in its way.
 */
export function decide(question: Question, register: RegisterSnapshot, now: Instant): Decision {
  const matter = gatherMatter(question, register, now);
  const ground = groundOf(matter);
  const findings = together(
    judgeSignedIn(matter),
    together(judgeModel(matter), judgeLife(matter, ground.mode)),
    ground.findings,
    // Not of the ground: that is kept for all questions, and this depends on what is asked.
    together(judgeScope(matter), judgeCoSignature(matter), judgeHold(matter)),
  );
  return decisionOf(matter, ground, explain(findings));
}

/** Assigned, not spread together: that costs as much as half of all judging. */
function decisionOf(
  matter: Matter,
  { credential, approval }: Ground,
  reasons: Decision['reasons'],
): Decision {
  const { practitioner, modelVersion, binding, register, now } = matter;
  const { id, version, digest } = register.policy;
  const decision: { -readonly [K in keyof Decision]: Decision[K] } = {
    permitted: reasons.length === 0,
    reasons,
    at: now,
    registerSequence: register.sequence,
    policy: { id, version, digest },
  };
  if (practitioner !== undefined) decision.practitioner = practitioner;
  if (modelVersion !== undefined) decision.modelVersion = modelVersion;
  if (binding !== undefined) decision.binding = binding;
  if (isLockedHere(matter)) decision.locked = true;
  if (credential !== undefined) decision.credential = credential;
  if (approval !== undefined) decision.approval = approval;
  return decision;
}

function judgeSignedIn({ question, register, standing, duty, now }: Matter): readonly Finding[] {
  return together(
    // Whoever has a standing was named by the login, and nobody else was.
    standing === undefined ? judgeMapping(question.caller, register) : standing.findings,
    duty === undefined ? NO_FINDINGS : judgeLogin(question.caller, duty, now),
    judgeSession(question.caller),
  );
}

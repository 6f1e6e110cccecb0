import type { ActFinding } from './act-finding.ts';
import {
  nothingBut,
  type ActMatter,
  type ActNamed,
  type ActOutline,
  type ActOutlines,
} from './act-matter.ts';
import { isoDate } from './calendar.ts';
import { guidelineId, guidelineText } from './record-text.ts';
import type { Guideline, RegisterSnapshot } from './register.ts';

type GuidelineActs = 'draft-guideline' | 'comment-on-guideline' | 'sign-guideline' | 'review-guideline';

/** The life of a guideline's version: drafted, commented on, signed off by somebody else, reviewed each year. */
export const GUIDELINE_OUTLINES: ActOutlines<GuidelineActs> = {
  'draft-guideline': outlineDraft,
  'comment-on-guideline': outlineComment,
  'sign-guideline': outlineSignature,
  'review-guideline': outlineReview,
};

function outlineDraft(act: ActNamed<'draft-guideline'>, { actor, register, now }: ActMatter): ActOutline {
  const { act: _name, ...said } = act;
  const isKnown = findGuideline(act, register) !== undefined;
  const draft: Guideline = { ...said, draftedBy: actor.id, draftedAt: now, reviews: [], comments: [] };
  return {
    findings: isKnown ? [{ code: 'exists-already', facts: { detail: named(act) } }] : [],
    changes: [guidelineDraft(draft)],
  };
}

function outlineComment(
  act: ActNamed<'comment-on-guideline'>,
  { actor, register, now }: ActMatter,
): ActOutline {
  const known = findGuideline(act, register);
  if (known === undefined) return unknownGuideline(act);
  const comments = [...known.comments, { by: actor.id, at: now, text: act.text }];
  return { findings: [], changes: [guidelineDraft({ ...known, comments })] };
}

function outlineSignature(act: ActNamed<'sign-guideline'>, { actor, register, now }: ActMatter): ActOutline {
  const known = findGuideline(act, register);
  if (known === undefined) return unknownGuideline(act);
  const findings: ActFinding[] = [];
  if (known.draftedBy === actor.id)
    findings.push({ code: 'not-for-oneself', facts: { detail: 'what you drafted' } });
  if (known.signedAt !== undefined)
    findings.push({ code: 'guideline-signed-already', facts: { detail: named(act) } });
  if (act.effectiveFrom < now && isoDate(act.effectiveFrom) !== isoDate(now)) {
    findings.push({
      code: 'dates-in-disorder',
      facts: { detail: 'it cannot be in force before it is signed' },
    });
  }
  // A form says a day: today means from now on.
  const effectiveFrom = Math.max(act.effectiveFrom, now);
  const signed = { ...known, signedBy: actor.id, signedAt: now, effectiveFrom };
  return { findings, changes: [guidelineDraft(signed)] };
}

function outlineReview(act: ActNamed<'review-guideline'>, { actor, register, now }: ActMatter): ActOutline {
  const known = findGuideline(act, register);
  if (known === undefined) return unknownGuideline(act);
  const reviews = [...known.reviews, { by: actor.id, at: now, outcome: act.outcome }];
  return {
    findings:
      known.signedAt === undefined ? [{ code: 'guideline-unsigned', facts: { detail: named(act) } }] : [],
    changes: [guidelineDraft({ ...known, reviews })],
  };
}

type Named = Pick<Guideline, 'id' | 'version'>;

function findGuideline({ id, version }: Named, register: RegisterSnapshot): Guideline | undefined {
  return register.guidelineVersions(id).find((one) => one.version === version);
}

function guidelineDraft(guideline: Guideline): ActOutline['changes'][number] {
  return { kind: 'guideline', id: guidelineId(guideline), record: guidelineText(guideline) };
}

function unknownGuideline(act: Named): ActOutline {
  return nothingBut({ code: 'unknown-record', facts: { detail: `guideline ${named(act)}` } });
}

function named({ id, version }: Named): string {
  return `${id}, version ${version}`;
}

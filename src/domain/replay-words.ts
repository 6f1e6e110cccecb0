import type { EntryFacts, LogEntry } from './log-entry.ts';
import type { Obstacle, QuestionLabel } from './recorded-question.ts';
import type { AnswerPart, Replay } from './replay-decision.ts';

/** What a decision was asked, as one question; `name` is the person's, as they stood in the register. */
export function questionText(entry: LogEntry, name: string | undefined): string {
  const { facts, personal } = entry;
  if (facts.coSigned !== undefined) return coSignText(entry, name);
  return askedText(entry, name ?? personal.user ?? 'whoever had signed in');
}

function askedText({ facts, kind }: LogEntry, who: string): string {
  const disposition = facts.human?.disposition;
  if (disposition !== undefined) return `May ${who} mark the result of this case as ${disposition}?`;
  const what = subjectText(facts);
  if (facts.function === 'view') return `May ${who} see what ${what}?`;
  const isRelease = kind === 'case.outcome' || kind === 'case.release';
  return isRelease ? `May the result of ${what} be let out to ${who}?` : `May ${who} have ${what}?`;
}

function coSignText(
  { facts, personal }: LogEntry,
  name = personal.cosigner ?? 'whoever had signed in',
): string {
  return `May ${name} be the second person who answers for ${subjectText(facts)}?`;
}

function subjectText(facts: EntryFacts): string {
  const { model, function: fn } = facts;
  const named = model === undefined ? 'an unknown model' : `${model.id} ${model.version}`;
  if (fn === 'view') return `${named} made of ${placeText(facts)}`;
  return `${fn?.replaceAll('-', ' ') ?? 'an unknown function'} by ${named} on ${placeText(facts)}`;
}

function placeText({ study, site }: EntryFacts): string {
  if (study === undefined) return 'a study that the PACS could not describe';
  const details = [...study.modality, ...study.bodyPart.map((part) => part.toLowerCase())].join(', ');
  const where = site === undefined ? 'from a site that is not known' : `at ${site}`;
  return details === '' ? `a study ${where}` : `a study (${details}) ${where}`;
}

/** What came of deciding again, in a sentence. */
export function replayText({ because, differs }: Pick<Replay, 'because' | 'differs'>): string {
  if (because !== undefined) return obstacleText(because);
  if (differs.length === 0) return `${AGAIN} comes out the same.`;
  return `${AGAIN} comes out otherwise: ${differs.map((part) => PARTS[part]).join(', ')}.`;
}

const AGAIN = 'Decided again from the register, the policy and the study as they stood, it';

const PARTS: Readonly<Record<AnswerPart, string>> = {
  result: 'the answer',
  reasons: 'the reasons',
  practitioner: 'the person',
  supervisor: 'the supervisor',
  credential: 'the credential',
  approval: 'the approval',
  modelDigest: 'the digest of the model',
  endpoint: 'the endpoint',
};

function obstacleText(because: Obstacle): string {
  switch (because.code) {
    case 'erased':
      return `It cannot be decided again, because this was erased: ${because.labels.map((label) => LABELS[label]).join(', ')}.`;
    case 'not-recorded':
      return 'It cannot be decided again, because an earlier release decided it and did not record all that was asked.';
    case 'register-gone':
      return 'It cannot be decided again, because the register does not reach back so far, or the text of that policy was not kept.';
    case 'policy-unreadable':
      return `It cannot be decided again, because this release cannot read the text of the policy of then, ${because.policy}.`;
    case 'other-rules':
      return `It was decided by version ${String(because.recorded)} of the rules, and this release has version ${String(because.here)}: what comes out now proves nothing.`;
  }
}

const LABELS: Readonly<Record<QuestionLabel, string>> = {
  subject: 'their login',
  user: 'who asked',
  supervisor: 'the supervisor',
  studyUid: 'the study',
  age: 'the patient’s age',
};

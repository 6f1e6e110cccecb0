import { decide } from '../../src/domain/decide.ts';
import type { Question } from '../../src/domain/decision.ts';
import { parseStudyUid } from '../../src/domain/identifiers.ts';
import type { Instant, ModelVersion, Practitioner, RegisterSnapshot } from '../../src/domain/register.ts';
import type { StudyContext } from '../../src/domain/dicom/study-context.ts';
import { AI_FUNCTIONS, type AiFunction, type Assurance } from '../../src/domain/words.ts';

interface Wanted {
  readonly now: Instant;
  readonly count: number;
  /** Share of those that are permitted. */
  readonly permitted: number;
}

/** What a question is made of. */
export interface Draft {
  readonly provider: string;
  readonly subject: string;
  readonly assurance: Assurance;
  readonly model: Question['model'];
  readonly version: Question['version'];
  readonly fn: AiFunction;
  readonly study: StudyContext;
}

/**
 * Drafts of questions of random people about random versions and functions, of which so many are permitted. Most are about what the
 * person is approved for, else next to nothing would be permitted; the others are refused for all kinds of reasons.
 */
export function makeDrafts(register: RegisterSnapshot, wanted: Wanted): readonly Draft[] {
  const random = seeded(7);
  const draw = drawer(register, random);
  let permits = Math.round(wanted.count * wanted.permitted);
  let denials = wanted.count - permits;
  const drafts: Draft[] = [];
  while (permits + denials > 0) {
    const draft = draw();
    const { permitted } = decide(ask(draft, wanted.now), register, wanted.now);
    if (permitted ? permits === 0 : denials === 0) continue;
    if (permitted) permits -= 1;
    else denials -= 1;
    drafts.push(draft);
  }
  // Shuffled, as the rarer kind would else stand at the end; and made anew, so that they lie in memory as they come.
  return drafts.toSorted(() => random() - 0.5).map((draft) => ({ ...draft }));
}

/** The question, made as a request makes it: login and all. */
export function ask(
  { provider, subject, assurance, model, version, fn, study }: Draft,
  now: Instant,
): Question {
  const caller = {
    kind: 'person',
    provider,
    subject,
    method: 'saml',
    assurance,
    authenticatedAt: now - 60_000,
    expiresAt: now + 3_600_000,
    sessionRef: 'session',
  } as const;
  return { caller, function: fn, model, version, study };
}

function drawer(register: RegisterSnapshot, random: () => number): () => Draft {
  const pick = <T>(items: readonly T[]): T => {
    const item = items[Math.floor(random() * items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  };
  const people = register.practitioners();
  const versions = register.modelVersions();
  const studies = [studyOf(['CT']), studyOf(['CT']), studyOf(['CT']), studyOf(['CT']), studyOf(['MR'])];
  return () => {
    const person = pick(people);
    const { provider, subject } = pick(person.identities);
    const named = random() < 0.9 ? approved(register, person, pick) : any(versions, pick);
    return { provider, subject, assurance: random() < 0.03 ? 1 : 3, ...named, study: pick(studies) };
  };
}

type Pick = <T>(items: readonly T[]) => T;
interface Named {
  readonly model: Question['model'];
  readonly version: Question['version'];
  readonly fn: AiFunction;
}

function approved(register: RegisterSnapshot, person: Practitioner, pick: Pick): Named {
  const { model, version, functions } = pick(register.approvalsOf(person.id));
  return { model, version, fn: pick(functions) };
}

function any(versions: readonly ModelVersion[], pick: Pick): Named {
  const { model, version } = pick(versions);
  return { model, version, fn: pick(AI_FUNCTIONS) };
}

function studyOf(modalities: readonly string[]): StudyContext {
  const studyInstanceUid = parseStudyUid('1.2.826.0.1.99');
  if (studyInstanceUid === undefined) throw new Error('no UID');
  return {
    studyInstanceUid,
    modalities,
    bodyParts: ['CHEST'],
    descriptions: [],
    ageYears: 57,
    sopClassUids: ['1.2.840.10008.5.1.4.1.1.2'],
    instanceCount: 12,
    site: 'general',
    simulator: false,
    identifying: {},
  };
}

/** The same numbers in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

import { decide } from '../../src/domain/decide.ts';
import type { Question } from '../../src/domain/decision.ts';
import { parseStudyUid } from '../../src/domain/identifiers.ts';
import type { Principal } from '../../src/domain/principal.ts';
import type { Instant, ModelVersion, Practitioner, RegisterSnapshot } from '../../src/domain/register.ts';
import type { StudyContext } from '../../src/domain/study-context.ts';
import { AI_FUNCTIONS, type AiFunction } from '../../src/domain/words.ts';

interface Wanted {
  readonly now: Instant;
  readonly count: number;
  /** Share of those that are permitted. */
  readonly permitted: number;
}

/**
 * Questions of random people about random versions and functions, of which so many are permitted. Half are about what the person is
 * approved for, else next to nothing would be permitted; the others are refused for all kinds of reasons.
 */
export function makeQuestions(register: RegisterSnapshot, wanted: Wanted): readonly Question[] {
  const random = seeded(7);
  const draw = drawer(register, wanted.now, random);
  let permits = Math.round(wanted.count * wanted.permitted);
  let denials = wanted.count - permits;
  const questions: Question[] = [];
  while (permits + denials > 0) {
    const question = draw();
    const { permitted } = decide(question, register, wanted.now);
    if (permitted ? permits === 0 : denials === 0) continue;
    if (permitted) permits -= 1;
    else denials -= 1;
    questions.push(question);
  }
  // Shuffled, as the rarer kind would else stand at the end; and made anew, so that they lie in memory as they come.
  return questions.toSorted(() => random() - 0.5).map((question) => ({ ...question }));
}

function drawer(register: RegisterSnapshot, now: Instant, random: () => number): () => Question {
  const pick = <T>(items: readonly T[]): T => {
    const item = items[Math.floor(random() * items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  };
  const people = register.practitioners();
  const versions = register.modelVersions();
  const callers = new Map(people.map((person) => [person, principalOf(person, now)]));
  const studies = [studyOf(['CT']), studyOf(['CT']), studyOf(['CT']), studyOf(['CT']), studyOf(['MR'])];
  return () => {
    const person = pick(people);
    const { model, version, fn } = random() < 0.9 ? approved(register, person, pick) : any(versions, pick);
    const caller = callers.get(person) ?? principalOf(person, now);
    return {
      caller: random() < 0.03 ? { ...caller, assurance: 1 } : caller,
      function: fn,
      model,
      version,
      study: pick(studies),
      ...(fn === 'view' ? {} : { input: 'study' }),
    };
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

function principalOf({ identities }: Practitioner, now: Instant): Principal {
  const [identity] = identities;
  if (identity === undefined) throw new Error('somebody without a login');
  return {
    kind: 'person',
    ...identity,
    method: 'saml',
    assurance: 3,
    authenticatedAt: now - 60_000,
    expiresAt: now + 3_600_000,
    sessionRef: 'session',
  };
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

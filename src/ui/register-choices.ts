import type { Practitioner } from '../domain/register.ts';
import type { DeclarationStatement, Profession, RegisterRole, Result } from '../domain/words.ts';
import type { Choice } from './form-page.ts';

const STATEMENTS: Readonly<Record<DeclarationStatement, string>> = {
  'followed-guidelines': 'I have followed the guidelines for the AI that I use.',
  'reported-incidents': 'I have reported every incident with AI that I know of.',
  'stayed-in-scope': 'I have stayed within my scope of practice.',
};

const RESULTS: Readonly<Record<Result, string>> = { pass: 'Passed', fail: 'Not passed' };

const PROFESSIONS: Readonly<Record<Profession, string>> = {
  radiologist: 'Radiologist',
  registrar: 'Registrar',
  radiographer: 'Radiographer',
  sonographer: 'Sonographer',
  physicist: 'Medical physicist',
  pharmacist: 'Pharmacist',
  other: 'Other staff',
};

const ROLES: Readonly<Record<RegisterRole, string>> = {
  'programme-lead': 'Programme lead',
  'clinical-director': 'Clinical director',
  'ai-faculty': 'AI faculty',
  it: 'IT',
  auditor: 'Auditor',
};

const BODIES: Readonly<Record<Practitioner['professionalBody'], string>> = {
  GMC: 'GMC',
  HCPC: 'HCPC',
  GPhC: 'GPhC',
  none: 'None',
};

const LEVELS: Readonly<Record<NonNullable<Practitioner['practiceLevel']>, string>> = {
  enhanced: 'Enhanced',
  advanced: 'Advanced',
  consultant: 'Consultant',
};

type Population = NonNullable<Practitioner['scope']['populations']>[number];
const POPULATIONS: Readonly<Record<Population, string>> = { adult: 'Adults', paediatric: 'Children' };

/** What the annual declaration states, to be ticked one by one. */
export function statementChoices(): readonly Choice[] {
  return choicesOf(STATEMENTS);
}

/** How a test can end. */
export function resultChoices(): readonly Choice[] {
  return choicesOf(RESULTS);
}

/** Professions that the register knows. */
export function professionChoices(): readonly Choice[] {
  return choicesOf(PROFESSIONS);
}

/** Duties around the register. */
export function roleChoices(): readonly Choice[] {
  return choicesOf(ROLES);
}

/** Professional bodies. */
export function bodyChoices(): readonly Choice[] {
  return choicesOf(BODIES);
}

/** Levels of practice. */
export function levelChoices(): readonly Choice[] {
  return choicesOf(LEVELS);
}

/** Patients whom a scope of practice can be limited to. */
export function populationChoices(): readonly Choice[] {
  return choicesOf(POPULATIONS);
}

/** What a declaration states, in a sentence. */
export function statementText(statement: DeclarationStatement): string {
  return STATEMENTS[statement];
}

/** How a test ended. */
export function resultText(result: Result): string {
  return RESULTS[result];
}

/** A profession, as a fact. */
export function professionText(profession: Profession): string {
  return PROFESSIONS[profession];
}

/** A duty around the register, as a fact. */
export function roleText(role: RegisterRole): string {
  return ROLES[role];
}

/** A level of practice, as a fact. */
export function levelText(level: NonNullable<Practitioner['practiceLevel']>): string {
  return LEVELS[level];
}

/** Whom a scope of practice is limited to, as a fact. */
export function populationText(population: Population): string {
  return POPULATIONS[population];
}

function choicesOf(words: Readonly<Record<string, string>>): readonly Choice[] {
  return Object.entries(words).map(([value, text]) => ({ value, text }));
}

import type { EvidenceType } from '../domain/evidence-types.ts';

/** Where on the pathway a kind of evidence belongs. */
const PHASES = [
  'Entry',
  'Foundation',
  'Clinical work',
  'Assessment',
  'Staying current',
  'Other scopes of practice',
  'Kept by the register itself',
] as const;
export type EvidencePhase = (typeof PHASES)[number];

interface EvidenceWords {
  readonly text: string;
  readonly phase: EvidencePhase;
}

const WORDS: Readonly<Record<EvidenceType, EvidenceWords>> = {
  registration: { text: 'Professional registration', phase: 'Entry' },
  cct: { text: 'CCT', phase: 'Entry' },
  frcr: { text: 'FRCR', phase: 'Entry' },
  'hcpc-experience': { text: 'Years on CT or MRI lists', phase: 'Entry' },
  'irmer-knowledge': { text: 'IR(ME)R knowledge', phase: 'Entry' },
  portfolio: { text: 'Portfolio', phase: 'Entry' },
  'entry-clearance': { text: 'Entry clearance', phase: 'Entry' },
  'exam-ai-literacy': { text: 'AI literacy exam', phase: 'Foundation' },
  'reflective-plan': { text: 'Reflective plan', phase: 'Foundation' },
  essay: { text: 'Essay of 1,500 words', phase: 'Foundation' },
  'simulator-fortnight': { text: 'Fortnight in the simulator', phase: 'Clinical work' },
  'log-book-case': { text: 'Log-book case', phase: 'Clinical work' },
  'mini-cex': { text: 'Mini-CEX', phase: 'Clinical work' },
  dops: { text: 'DOPS', phase: 'Clinical work' },
  'osce-prescribing': { text: 'OSCE, prescribing', phase: 'Assessment' },
  'osce-high-stakes-rcr': { text: 'OSCE, marked by the RCR examiner', phase: 'Assessment' },
  'osce-high-stakes-caldicott': { text: 'OSCE, marked by the Caldicott Guardian', phase: 'Assessment' },
  'team-presentation': { text: 'Team presentation', phase: 'Assessment' },
  award: { text: 'Award of a credential', phase: 'Kept by the register itself' },
  'annual-declaration': { text: 'Annual safety declaration', phase: 'Kept by the register itself' },
  cpd: { text: 'CPD', phase: 'Kept by the register itself' },
  'active-practice': { text: 'Active practice', phase: 'Staying current' },
  'audit-led': { text: 'Quarterly AI audit led', phase: 'Staying current' },
  'anomaly-log': { text: 'Anomaly log kept', phase: 'Staying current' },
  'usage-log': { text: 'Usage log kept', phase: 'Staying current' },
  'board-minutes': { text: 'Minutes of the governance board', phase: 'Staying current' },
  'guideline-acknowledgement': { text: 'Guideline acknowledged', phase: 'Kept by the register itself' },
  'mentored-scan': { text: 'Scans under a mentor', phase: 'Other scopes of practice' },
  'guided-injection': { text: 'Guided injections', phase: 'Other scopes of practice' },
  'mentor-agreement': { text: 'Agreement with a mentor', phase: 'Other scopes of practice' },
  qualification: { text: 'Qualification', phase: 'Other scopes of practice' },
  'qualification-unit': { text: 'Unit of a qualification', phase: 'Other scopes of practice' },
  accreditation: { text: 'Accreditation', phase: 'Other scopes of practice' },
  local: { text: 'Evidence of a local scheme', phase: 'Other scopes of practice' },
  suspension: { text: 'Suspension', phase: 'Kept by the register itself' },
  'suspension-lifted': { text: 'Suspension lifted', phase: 'Kept by the register itself' },
};

/** A kind of evidence in words; a kind this gateway does not know stays as it is. */
export function evidenceText(type: string): string {
  const words: Readonly<Record<string, EvidenceWords>> = WORDS;
  return Object.hasOwn(words, type) ? (words[type]?.text ?? type) : type;
}

/** Where on the pathway a kind of evidence belongs. */
export function evidencePhase(type: EvidenceType): EvidencePhase {
  return WORDS[type].phase;
}

/** All of them, in the order of the pathway. */
export function evidencePhases(): readonly EvidencePhase[] {
  return PHASES;
}

import { GatewayError } from '../domain/errors.ts';
import type { RegisterKind } from '../domain/register-acts.ts';

/** What the kinds of records are called in addresses. */
export const COLLECTIONS = [
  'practitioners',
  'evidence',
  'models',
  'approvals',
  'stop-uses',
  'guidelines',
  'plans',
  'acceptance-tests',
] as const;
export type Collection = (typeof COLLECTIONS)[number];

const KINDS: Readonly<Record<Collection, RegisterKind>> = {
  practitioners: 'practitioner',
  evidence: 'evidence',
  models: 'model-version',
  approvals: 'approval',
  'stop-uses': 'stop-use',
  guidelines: 'guideline',
  plans: 'plan',
  'acceptance-tests': 'acceptance-test',
};

/** Whether there are records of that name. */
export function isCollection(name: unknown): boolean {
  return COLLECTIONS.some((one) => one === name);
}

/** The kind of record that an address means, and what it is called there. Throws GatewayError('not-found'). */
export function collectionOf(name: unknown): {
  readonly collection: Collection;
  readonly kind: RegisterKind;
} {
  const collection = COLLECTIONS.find((one) => one === name);
  if (collection === undefined) {
    throw new GatewayError('not-found', { detail: `The register has ${COLLECTIONS.join(', ')}.` });
  }
  return { collection, kind: KINDS[collection] };
}

import { offerOf, type ActOffer } from '../domain/act-offer.ts';
import { listPeopleOf, type PeopleList } from '../domain/people-list.ts';
import type { RegisterActName } from '../domain/register-acts.ts';
import type { LoginEvidence } from './ports.ts';
import { identifyKeeper, type VisitorDeps } from './register-visitor.ts';

interface Input {
  readonly evidence: LoginEvidence;
  /** Words of the name; empty for everybody. */
  readonly name: string;
  /** From 1. */
  readonly page: number;
  readonly perPage: number;
}

/** A page of people, and what whoever looks may do that is about nobody in particular. */
export interface ListedPeople extends PeopleList {
  readonly offers: readonly ActOffer[];
}

const ABOUT_NOBODY_YET: readonly RegisterActName[] = ['add-practitioner', 'carry-over-approvals'];

/** People in the register by name. Throws NotIdentified, GatewayError('not-permitted'), RegisterUnavailable. */
export async function listPeople(
  deps: VisitorDeps,
  { evidence, ...wanted }: Input,
  signal: AbortSignal,
): Promise<ListedPeople> {
  const { principal, register, now } = await identifyKeeper(deps, evidence, signal);
  const offers = ABOUT_NOBODY_YET.map((act) => offerOf(act, principal, register, now));
  return { ...listPeopleOf(register, wanted, now), offers };
}

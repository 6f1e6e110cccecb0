import { GatewayError } from '../domain/errors.ts';
import type { Consent, RegisterProposal } from '../domain/register-proposal.ts';
import type { RecordDraft } from '../domain/register-acts.ts';
import type { ActDraft, DraftFault, RegisterActs, RegisterLocks } from '../flows/ports-register.ts';
import { describeProposal, findProposal } from './describe-proposal.ts';
import { checkDrafts } from './draft-changes.ts';
import { etagOf } from './etag.ts';
import { differingChanges, faultsBeside, keepProposal } from './proposed-changes.ts';
import { refusedRecords } from './record-fault.ts';
import { isGatewaysOwn } from './proposal.ts';
import { refuseSettled } from './refuse-settled.ts';
import type { RegisterParts } from './register-parts.ts';

/** What people who are signed in do to the register. */
export function createActs(parts: RegisterParts): RegisterActs & RegisterLocks {
  return {
    proposeLock: (draft) => proposeLock(parts, draft),
    proposeAct: (draft) => proposeAct(parts, draft),
    consent: (digest, by) => consent(parts, digest, by),
    withdraw: (digest) => withdraw(parts, digest),
    pending: () => pending(parts),
    begun: async () => (await parts.store.proposals.begun())?.digest,
    proposal: async (digest) => (await findProposal(parts, digest)).described,
    draftsOf: async (digest) => {
      const { proposal } = await findProposal(parts, digest);
      return proposal.changes.map(({ change }) => parseDraft(change));
    },
    check: (changes) => check(parts, changes),
  };
}

/** What a proposal holds has been through the schema of its kind. */
function parseDraft(change: unknown): RecordDraft {
  return change as RecordDraft;
}

async function proposeAct(parts: RegisterParts, draft: ActDraft): Promise<RegisterProposal> {
  parts.loaded();
  await refuseOvertaken(parts, draft);
  const { faults } = checkDrafts(draft.changes);
  if (faults.length > 0) throw refusedRecords(faults);
  const changes = await differingChanges(parts, draft.changes);
  const beside = faultsBeside(parts, changes);
  if (beside.length > 0) throw refusedRecords(beside);
  const { act, people, by } = draft;
  return (await keepProposal(parts, { act, people, changes }, by)).described;
}

async function proposeLock(parts: RegisterParts, draft: RecordDraft): Promise<RegisterProposal> {
  parts.loaded();
  const { faults } = checkDrafts([draft]);
  if (faults.length > 0) throw refusedRecords(faults);
  const changes = await differingChanges(parts, [draft]);
  const beside = faultsBeside(parts, changes);
  if (beside.length > 0) throw refusedRecords(beside);
  if (
    !isGatewaysOwn(
      'stop-use',
      changes.map(({ change }) => change),
    )
  ) {
    throw new GatewayError('bad-request', { detail: 'This takes people: it is no lock of an endpoint.' });
  }
  return (await keepProposal(parts, { act: 'stop-use', people: 0, changes })).described;
}

/** Somebody else may have changed the record since it was read (RFC 9110 §13.1.1). */
async function refuseOvertaken({ store, loaded }: RegisterParts, { ifMatch }: ActDraft): Promise<void> {
  if (ifMatch === undefined) return;
  const { kind, id, etag } = ifMatch;
  const { live } = loaded();
  const [row] = await store.records.statesAt([{ kind, id }], live.sequence());
  const current = row === undefined || live.find(kind, id) === undefined ? '' : etagOf(row);
  if (current === etag) return;
  throw new GatewayError('precondition-failed', {
    detail:
      'Somebody else has changed this since you read it. Look at it again, then repeat what you wanted.',
  });
}

async function check(parts: RegisterParts, drafts: readonly RecordDraft[]): Promise<readonly DraftFault[]> {
  parts.loaded();
  const { faults } = checkDrafts(drafts);
  return faults.length > 0 ? faults : faultsBeside(parts, await differingChanges(parts, drafts));
}

async function consent(parts: RegisterParts, digest: string, by: Consent): Promise<RegisterProposal> {
  const { described } = await findProposal(parts, digest);
  // One that is begun and was cut off wants to be finished, not agreed to again.
  if (described.state === 'applying') return described;
  refuseSettled(described);
  await parts.store.proposals.addConsent(digest, by);
  return (await findProposal(parts, digest)).described;
}

async function withdraw(parts: RegisterParts, digest: string): Promise<RegisterProposal> {
  const { proposals } = parts.store;
  await findProposal(parts, digest);
  await proposals.markWithdrawn(digest, parts.clock.nowMs());
  const { described } = await findProposal(parts, digest);
  if (described.state === 'withdrawn') return described;
  throw new GatewayError('conflict', {
    detail: 'This is in force, or about to be: it cannot be taken back.',
  });
}

async function pending(parts: RegisterParts): Promise<readonly RegisterProposal[]> {
  parts.loaded();
  const found: RegisterProposal[] = [];
  for (const stored of await parts.store.proposals.open()) {
    found.push((await describeProposal(parts, stored)).described);
  }
  // A lock waits for nobody: it is on its way, or was cut off and has been made anew.
  return found.filter(({ people }) => people > 0);
}

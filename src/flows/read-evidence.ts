import { NEVER_WITHDRAWN } from '../domain/act-evidence.ts';
import { offerOf, type ActOffer } from '../domain/act-offer.ts';
import { GatewayError } from '../domain/errors.ts';
import { countTypes, type EvidenceList, type EvidencePiece } from '../domain/evidence-file.ts';
import type { EvidenceType } from '../domain/evidence-types.ts';
import type { PractitionerId } from '../domain/identifiers.ts';
import { namesIn, newestFirst } from '../domain/profile.ts';
import type { RegisterActName } from '../domain/register-acts.ts';
import type { Evidence } from '../domain/register.ts';
import type { RegisterRecords } from './ports-register.ts';
import type { LoginEvidence } from './ports.ts';
import { identifyEvidenceReader, personOf, type Visitor, type VisitorDeps } from './register-visitor.ts';

interface ListInput {
  readonly evidence: LoginEvidence;
  /** Whoever looks, where absent. */
  readonly practitioner?: PractitionerId;
  readonly type?: EvidenceType;
  /** From 1. */
  readonly page: number;
  readonly perPage: number;
}

/**
 * A person's evidence, newest first; of one kind where one is named.
 * Throws NotIdentified, GatewayError('not-permitted' | 'not-found'), RegisterUnavailable.
 */
export async function listEvidence(
  deps: VisitorDeps,
  input: ListInput,
  signal: AbortSignal,
): Promise<EvidenceList> {
  const { person, register } = await identifyEvidenceReader(deps, input, signal);
  const practitioner = personOf(register, input.practitioner ?? person.id);
  const all = newestFirst(register.evidenceOf(practitioner.id));
  const wanted = all.filter(({ type }) => input.type === undefined || type === input.type);
  const start = (input.page - 1) * input.perPage;
  const pieces = wanted.slice(start, start + input.perPage);
  const mentioned = pieces.flatMap(({ attestedBy, recordedBy }) => [attestedBy, recordedBy]);
  return {
    practitioner,
    isOwn: practitioner.id === person.id,
    counts: countTypes(all),
    pieces,
    total: wanted.length,
    names: namesIn(register, mentioned),
  };
}

interface PieceDeps extends VisitorDeps {
  readonly register: VisitorDeps['register'] & Pick<RegisterRecords, 'find' | 'historyOf'>;
}

interface PieceInput {
  readonly evidence: LoginEvidence;
  readonly practitioner: PractitionerId;
  readonly id: string;
}

const ON_A_PIECE: readonly RegisterActName[] = ['correct-evidence', 'withdraw-evidence'];

/**
 * One piece of a person's evidence and everything it ever said.
 * Throws NotIdentified, GatewayError('not-permitted' | 'not-found'), RegisterUnavailable.
 */
export async function readEvidencePiece(
  deps: PieceDeps,
  input: PieceInput,
  signal: AbortSignal,
): Promise<EvidencePiece> {
  const { practitioner: personId, id } = input;
  const visitor = await identifyEvidenceReader(deps, input, signal);
  const { person, register } = visitor;
  const practitioner = personOf(register, personId);
  const piece = register.evidenceOf(personId).find((one) => one.id === id);
  const record = piece === undefined ? undefined : await deps.register.find('evidence', id);
  if (piece === undefined || record === undefined) {
    throw new GatewayError('not-found', { detail: 'The register holds no such piece of evidence.' });
  }
  const history = await deps.register.historyOf('evidence', id);
  const isOwn = practitioner.id === person.id;
  const mentioned = [piece.attestedBy, piece.recordedBy, ...history.flatMap(({ by }) => by)];
  return {
    practitioner,
    isOwn,
    piece,
    etag: record.etag,
    history,
    names: namesIn(register, mentioned),
    offers: isOwn ? [] : offersOn(piece, visitor),
  };
}

/** Suspensions are lifted, awards suspended: neither is corrected or taken back. */
function offersOn({ type }: Evidence, { principal, register, now }: Visitor): readonly ActOffer[] {
  if (NEVER_WITHDRAWN.includes(type)) return [];
  return ON_A_PIECE.map((act) => offerOf(act, principal, register, now));
}

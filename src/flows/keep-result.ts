import { collectBody } from '../domain/collect-body.ts';
import { textOf } from '../domain/dicom/dicom-json.ts';
import type { NamedAlgorithm } from '../domain/dicom/dataset-algorithms.ts';
import type { StoredIdentity } from '../domain/dicom/dataset-values.ts';
import { parseDatasets } from '../domain/dicom/parse-datasets.ts';
import type { StoreFailure } from '../domain/dicom/store-answer.ts';
import { GatewayError, UpstreamFault } from '../domain/errors.ts';
import { parseModelName, parseVersion } from '../domain/identifiers.ts';
import type { Storer } from './admit-store.ts';
import { makerByItsWord } from './maker-by-its-word.ts';
import type { MadeBy } from './result-cases.ts';
import type { Clock, PacsAnswer, PacsClient, RegisterReader } from './ports.ts';
import type { StoredResult, StoredResults } from './ports-store.ts';

/** What keeping a result needs. */
export interface KeepResultDeps {
  readonly storedResults: StoredResults;
  readonly register: RegisterReader;
  readonly pacs: Pick<PacsClient, 'fetch'>;
  /** Every PACS behind the gateway, where there are several: the index is one for all of them. */
  readonly holders?: readonly Pick<PacsClient, 'fetch'>[];
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** An object that a machine for results is about to store. */
export interface ResultAtHand {
  readonly storer: Extract<Storer, { readonly kind: 'ai-results' }>;
  readonly identity: StoredIdentity;
  readonly algorithms: readonly NamedAlgorithm[];
  /** What it names, as it was judged. */
  readonly madeBy: MadeBy;
}

type Kept = Omit<StoredResult, 'digest' | 'caseId'>;

const MAX_ANSWER_BYTES = 1024 * 1024;

/** The one version that made a result, where that can be told; a result that nobody could be unlocked for is not taken in. */
export function namedMaker(
  { register }: Pick<KeepResultDeps, 'register'>,
  { storer, algorithms }: Pick<ResultAtHand, 'storer' | 'algorithms'>,
): MadeBy | undefined {
  const maker = makerByItsWord(register, { storer, algorithms });
  if (maker.kind !== 'one') return undefined;
  const [model, version] = [parseModelName(maker.madeBy.model), parseVersion(maker.madeBy.version)];
  return model === undefined || version === undefined ? undefined : { model, version };
}

/**
 * Puts a result into the index before any of it leaves. One whose UID a PACS has for something else is refused: it would take
 * the place of an image, or lock it. So is one that now names another version than when it came before. Resolves to why it must not pass,
 * or to when it came first. Throws RegisterUnavailable, UpstreamFault.
 */
export async function keepResult(
  deps: KeepResultDeps,
  { storer, identity, madeBy }: ResultAtHand,
  signal: AbortSignal,
): Promise<StoreFailure | { readonly keptAt: number }> {
  const kept = {
    sopInstanceUid: identity.sopInstanceUid,
    sopClassUid: identity.sopClassUid,
    study: identity.studyInstanceUid,
    series: identity.seriesInstanceUid,
    machine: storer.machine,
    keptAt: deps.clock.nowMs(),
    madeBy,
  };
  const known = await deps.storedResults.find(kept.sopInstanceUid);
  if (known === undefined && (await isHeldAnywhere(deps, kept, signal))) return 'duplicate-instance';
  try {
    await deps.storedResults.keep(kept);
    return { keptAt: known?.keptAt ?? kept.keptAt };
  } catch (error: unknown) {
    if (error instanceof GatewayError && error.code === 'conflict') return 'duplicate-instance';
    throw error;
  }
}

/**
 * Whether an object that is on its way already now names what it must not: another version than the one that it stands in the index
 * with. Throws RegisterUnavailable.
 */
export function belies(
  deps: Pick<KeepResultDeps, 'register'>,
  { storer, madeBy }: ResultAtHand,
  algorithms: readonly NamedAlgorithm[],
): boolean {
  const is = namedMaker(deps, { storer, algorithms });
  return is?.model !== madeBy.model || is.version !== madeBy.version;
}

async function isHeldAnywhere(
  { pacs, holders = [pacs] }: KeepResultDeps,
  kept: Kept,
  signal: AbortSignal,
): Promise<boolean> {
  const held = await Promise.all(holders.map((holder) => isHeld(holder, kept, signal)));
  return held.includes(true);
}

/** Whether the PACS has an object of that UID, in any study; of an archive that searches within studies only, in this one. */
async function isHeld(pacs: KeepResultDeps['pacs'], kept: Kept, signal: AbortSignal): Promise<boolean> {
  const anywhere = await search(pacs, ['instances'], kept, signal);
  const isRefused = anywhere.status >= 400 && anywhere.status < 500 && anywhere.status !== 404;
  if (!isRefused) return await listsIt(anywhere, kept);
  anywhere.cancel();
  return await listsIt(await search(pacs, ['studies', kept.study, 'instances'], kept, signal), kept);
}

async function search(
  pacs: KeepResultDeps['pacs'],
  segments: readonly string[],
  { sopInstanceUid }: Kept,
  signal: AbortSignal,
): Promise<PacsAnswer> {
  const query = [
    ['00080018', sopInstanceUid],
    ['limit', '2'],
  ] as const;
  const headers = { accept: 'application/dicom+json' };
  return await pacs.fetch({ method: 'GET', segments, query, headers, decode: true }, signal);
}

async function listsIt(answer: PacsAnswer, { sopInstanceUid }: Kept): Promise<boolean> {
  const { status } = answer;
  if (status !== 200) {
    answer.cancel();
    if (status === 204 || status === 404) return false;
    const detail = `The PACS refused a look-up with status ${String(status)}.`;
    throw new UpstreamFault('upstream-bad-answer', 'pacs', { detail });
  }
  const rows = parseDatasets(await collectBody(answer.body, MAX_ANSWER_BYTES));
  if (rows.some((row) => textOf(row, '00080018') === sopInstanceUid)) return true;
  if (rows.length === 0) return false;
  // It searched for something else, so it may have the object all the same.
  const detail = 'The PACS does not search by SOP Instance UID.';
  throw new UpstreamFault('upstream-bad-answer', 'pacs', { detail });
}

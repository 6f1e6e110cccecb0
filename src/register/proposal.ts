import { z } from 'zod';
import type { RegisterChange } from '../domain/register-proposal.ts';
import { parseChange } from './parse-record.ts';
import {
  keyOfChange,
  textDigest,
  writeChange,
  type RecordChange,
  type WrittenChange,
} from './register-change.ts';

/** A proposal as it is signed: what it changes, and the state of the register it was made for. */
export interface Proposal {
  readonly digest: string;
  readonly body: string;
  /** The register's sequence when it was proposed; it can be applied to that state only. */
  readonly basedOn: number;
  readonly changes: readonly WrittenChange[];
}

const bodySchema = z.strictObject({
  v: z.literal(1),
  basedOn: z.int().min(0),
  changes: z.array(z.unknown()).min(1),
});

/**
 * Writes a proposal: the canonical texts of its changes, one after another. Based on a sequence, so that the same change
 * proposed again later is another proposal, and a signature never serves twice.
 */
export function writeProposal(basedOn: number, changes: readonly WrittenChange[]): Proposal {
  const body = `{"basedOn":${String(basedOn)},"changes":[${changes.map((one) => one.body).join(',')}],"v":1}`;
  return { digest: textDigest(body), body, basedOn, changes };
}

/** Reads a stored proposal back; undefined when its text is none, or another one's digest stands beside it. */
export function parseProposal(digest: string, body: string): Proposal | undefined {
  const read = bodySchema.safeParse(jsonOf(body));
  if (!read.success || textDigest(body) !== digest) return undefined;
  const changes = read.data.changes.map(parseChange);
  if (!changes.every((change) => change !== undefined)) return undefined;
  return { digest, body, basedOn: read.data.basedOn, changes: changes.map(writeChange) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What is no JSON is no proposal: the caller says so.
    return undefined;
  }
}

/** The few members of a record that say what it is about; one that has none of them is about nothing. */
const aboutSchema = z
  .looseObject({
    practitioner: z.string().exactOptional(),
    model: z.string().exactOptional(),
    version: z.string().exactOptional(),
    family: z.string().exactOptional(),
    digest: z.string().exactOptional(),
    releases: z.array(z.unknown()).default([]),
  })
  .catch({ releases: [] });
type About = z.infer<typeof aboutSchema>;

/** What a change does to the register as it stands, for those who sign and for the case log. */
export function describeChange(written: WrittenChange, before: RecordChange | undefined): RegisterChange {
  const { change, digest } = written;
  const { kind, id } = change;
  const then = recordOf(before);
  const about = aboutSchema.parse(recordOf(change) ?? then);
  const person = kind === 'practitioner' ? id : about.practitioner;
  return {
    kind,
    id,
    action: actionOf(change, then !== undefined),
    digest,
    entry: entryOf(change, before),
    ...(person === undefined ? {} : { person }),
    ...modelOf(about),
  };
}

function recordOf(change: RecordChange | undefined): unknown {
  return change !== undefined && 'record' in change ? change.record : undefined;
}

function actionOf(change: RecordChange, stood: boolean): RegisterChange['action'] {
  if ('removed' in change) return 'removed';
  return stood ? 'changed' : 'added';
}

function modelOf({ model, version, family, digest }: About): Pick<RegisterChange, 'model'> {
  if (model === undefined || version === undefined) return {};
  const more = { ...(family === undefined ? {} : { family }), ...(digest === undefined ? {} : { digest }) };
  return { model: { id: model, version, ...more } };
}

/** A version that is released, or whose releases change, is a release; another change to it is not. */
function entryOf(change: RecordChange, before: RecordChange | undefined): RegisterChange['entry'] {
  if (change.kind === 'stop-use') return 'stop-use';
  if (change.kind !== 'model-version') return 'register.change';
  const releases = [change, before].map((one) => JSON.stringify(aboutSchema.parse(recordOf(one)).releases));
  return releases[0] === releases[1] ? 'register.change' : 'model.release';
}

/** The newest change of each record. */
export function newestOf(changes: Iterable<RecordChange>): ReadonlyMap<string, RecordChange> {
  const newest = new Map<string, RecordChange>();
  for (const change of changes) newest.set(keyOfChange(change), change);
  return newest;
}

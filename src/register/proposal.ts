import { z } from 'zod';
import { isLock } from '../domain/endpoint-lock.ts';
import { REGISTER_ACTS, type RegisterActName } from '../domain/register-acts.ts';
import type { RegisterChange } from '../domain/register-proposal.ts';
import {
  jsonOf,
  parseChange,
  textDigest,
  writeChange,
  type RecordChange,
  type WrittenChange,
} from './register-change.ts';

/** What is proposed: an act, how many people it takes, what it changes, and the state of the register it was made for. */
export interface ProposalContents {
  readonly act: RegisterActName;
  /** None for what the gateway does by its own word. */
  readonly people: number;
  /** The register's sequence when it was proposed: what it changes must not have been changed since. */
  readonly basedOn: number;
  readonly changes: readonly WrittenChange[];
}

/** A proposal as it is signed. */
export interface Proposal extends ProposalContents {
  readonly digest: string;
  readonly body: string;
  /** 1: as releases wrote them that knew imports only. Those fit one state of the register and no other. */
  readonly format: 1 | 2;
}

const changes = z.array(z.unknown()).min(1);
const basedOn = z.int().min(0);
const bodySchema = z.discriminatedUnion('v', [
  z.strictObject({ v: z.literal(1), basedOn, changes }),
  z.strictObject({
    v: z.literal(2),
    act: z.enum(REGISTER_ACTS),
    attempt: z.int().min(2).exactOptional(),
    basedOn,
    changes,
    people: z.int().min(0).max(2),
  }),
]);

/**
 * Writes a proposal: canonical JSON with the texts of its changes, one after another. Based on a sequence, so that the same change
 * proposed again later is another proposal, and a signature never serves twice. `attempt` tells it from one of the same words
 * that was taken back.
 */
export function writeProposal(contents: ProposalContents, attempt = 1): Proposal {
  const { act, people, basedOn: sequence } = contents;
  const members = [
    `"act":${JSON.stringify(act)}`,
    ...(attempt === 1 ? [] : [`"attempt":${String(attempt)}`]),
    `"basedOn":${String(sequence)}`,
    `"changes":[${contents.changes.map((one) => one.body).join(',')}]`,
    `"people":${String(people)}`,
    '"v":2',
  ];
  const body = `{${members.join(',')}}`;
  return { ...contents, format: 2, digest: textDigest(body), body };
}

/** Reads a stored proposal back; undefined when its text is none, or another one's digest stands beside it. */
export function parseProposal(digest: string, body: string): Proposal | undefined {
  const { data } = bodySchema.safeParse(jsonOf(body));
  if (data === undefined || textDigest(body) !== digest) return undefined;
  const read = data.changes.map(parseChange);
  if (!read.every((change) => change !== undefined)) return undefined;
  const { act, people } = data.v === 1 ? ({ act: 'import', people: 2 } as const) : data;
  if (people === 0 && !isGatewaysOwn(act, read)) return undefined;
  return { digest, body, format: data.v, act, people, basedOn: data.basedOn, changes: read.map(writeChange) };
}

/** What takes nobody: the gateway's own lock, and nothing else. */
export function isGatewaysOwn(act: RegisterActName, written: readonly RecordChange[]): boolean {
  return act === 'stop-use' && written.length === 1 && written.every(isLock);
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

import { z } from 'zod';
import { REGISTER_ACTS, REGISTER_KINDS } from '../domain/register-acts.ts';
import { reason } from './openapi-answers.ts';
import type { GoodAnswer, Operation } from './openapi-operation.ts';
import {
  collectionParams,
  importQuery,
  proposalParams,
  recordParams,
  recordsQuery,
  registerAct,
} from './register-schemas.ts';

/** Shapes of what the register's API answers. They describe, they do not check: what is sent is made by typed code. */

const instant = z.string().meta({ format: 'date-time', description: 'ISO 8601, UTC.' });
const kind = z.enum(REGISTER_KINDS).meta({ id: 'RegisterKind' });
const act = z.enum(REGISTER_ACTS).meta({ id: 'RegisterActName' });
const sequence = z.int().min(0).meta({ description: 'Place in the history of the register.' });
const words = z
  .record(z.string(), z.unknown())
  .meta({ description: 'The record, in the words of an import file.' });
const digest = z.string().meta({ description: 'sha256: and 64 hex digits.' });

const record = z
  .strictObject({
    kind,
    id: z.string(),
    sequence,
    recordedAt: instant,
    etag: z.string().meta({ description: 'What ETag and If-Match say in quotes.' }),
    record: words.optional().meta({ description: 'Absent where it was taken back.' }),
    removedBecause: z.string().optional(),
    by: z.array(z.string()).meta({ description: 'Who did or confirmed it.' }),
  })
  .meta({ id: 'RegisterRecord' });
const records = z.strictObject({
  records: z.array(record),
  sequence,
  next: z.string().optional().meta({ description: 'Cursor of the next page; absent on the last.' }),
});
const states = z.strictObject({ states: z.array(record) });

const consent = z
  .strictObject({
    practitioner: z.string(),
    method: z.string(),
    assurance: z.int(),
    authenticatedAt: instant,
    at: instant,
  })
  .meta({ id: 'Consent' });
const head = {
  digest,
  act,
  people: z.int().meta({ description: 'How many people it takes.' }),
  proposedAt: instant,
  state: z.enum(['pending', 'outdated', 'applying', 'applied', 'withdrawn']),
  signedBy: z.array(z.string()).meta({ description: 'Administrators who signed with a key.' }),
  consents: z.array(consent),
  recordedAt: instant.optional(),
  heads: z.strictObject({ before: z.string(), after: z.string() }).optional(),
};
const change = z
  .strictObject({
    kind: z.string(),
    id: z.string(),
    action: z.enum(['added', 'changed', 'removed']),
    digest,
    entry: z.enum(['register.change', 'model.release', 'stop-use']),
    practitioner: z.string().optional(),
    model: z
      .strictObject({
        id: z.string(),
        version: z.string(),
        family: z.string().optional(),
        digest: z.string().optional(),
      })
      .optional(),
  })
  .meta({ id: 'RegisterChange' });
const mine = { mayConfirm: z.boolean(), mayWithdraw: z.boolean(), reasons: z.array(reason) };
const drafts = z.array(
  z.union([
    z.strictObject({ kind, id: z.string(), record: words }),
    z.strictObject({ kind, id: z.string(), removed: z.literal(true), reason: z.string() }),
  ]),
);
const proposal = z.strictObject({ ...head, changes: z.array(change) }).meta({ id: 'RegisterProposal' });
const readProposal = z
  .strictObject({ ...head, changes: z.array(change), drafts, ...mine })
  .meta({ id: 'RegisterProposalRead' });
const proposals = z.strictObject({
  proposals: z.array(
    z.strictObject({ ...head, size: z.int(), ...mine }).meta({ id: 'RegisterProposalWaiting' }),
  ),
});

const row = z.int().min(1).meta({ description: 'As a spreadsheet shows it; the header is row 1.' });
const imported = z
  .strictObject({
    kind,
    added: z.array(z.strictObject({ row, id: z.string() })),
    changed: z.array(z.strictObject({ row, id: z.string(), fields: z.array(z.string()) })),
    unchanged: z.int(),
    faults: z.array(z.strictObject({ row, column: z.string().optional(), message: z.string() })),
    reasons: z.array(reason).meta({ description: 'Why it would be refused though every row is good.' }),
    proposal: z.strictObject(head).optional(),
  })
  .meta({ id: 'RegisterImport' });

const ifMatch = z.strictObject({
  'If-Match': z
    .string()
    .optional()
    .meta({ description: 'The ETag of the record that the act changes; needed where it changes one.' }),
  'If-None-Match': z
    .string()
    .optional()
    .meta({ description: '* where the record that the act adds must not be there yet.' }),
});
const ifNoneMatch = z.strictObject({
  'If-None-Match': z.string().optional().meta({ description: 'ETags that the caller has already.' }),
});

function json(schema: z.ZodType, description: string, status: GoodAnswer['status'] = 200): GoodAnswer {
  return { status, description, type: 'application/json', schema };
}

const ROOT = '/api/register';
const READING = [
  'bad-request',
  'not-permitted',
  'scope-missing',
  'not-found',
  'register-unavailable',
] as const;
const WRITING = [
  ...READING,
  'same-origin-required',
  'conflict',
  'sessions-unavailable',
  'case-log-unavailable',
] as const;
const WITH_BODY = ['payload-too-large', 'unsupported-media-type'] as const;
const waiting = json(proposal, 'It waits for a second person; Location says where.', 202);

type Shared = 'method' | 'tag' | 'problems';
function operation(given: Omit<Operation, Shared> & Partial<Pick<Operation, Shared>>): Operation {
  const { method = 'get' } = given;
  return { method, tag: 'register', problems: method === 'get' ? READING : WRITING, ...given };
}

/** The register's API. */
export const REGISTER_OPERATIONS: readonly Operation[] = [
  operation({
    id: 'performAct',
    method: 'post',
    path: `${ROOT}/acts`,
    summary: 'Does something to the register; what takes two people waits for the second.',
    headers: ifMatch,
    body: registerAct.meta({ id: 'RegisterAct' }),
    answer: json(proposal, 'It is done.', 201),
    otherAnswers: [waiting],
    problems: [...WRITING, ...WITH_BODY, 'precondition-required', 'precondition-failed'],
  }),
  operation({
    id: 'listProposals',
    path: `${ROOT}/proposals`,
    summary: 'What waits for a second person, oldest first.',
    answer: json(proposals, 'Each with whether you may confirm it or take it back, and why not.'),
  }),
  operation({
    id: 'readProposal',
    path: `${ROOT}/proposals/{digest}`,
    summary: 'One proposal, with the records that it writes.',
    params: proposalParams,
    answer: json(readProposal, 'The proposal.'),
  }),
  operation({
    id: 'confirmAct',
    method: 'post',
    path: `${ROOT}/proposals/{digest}/confirm`,
    summary: 'Says yes as the second person; with that it is in force.',
    params: proposalParams,
    answer: json(proposal, 'The proposal as it stands now.'),
  }),
  operation({
    id: 'withdrawAct',
    method: 'post',
    path: `${ROOT}/proposals/{digest}/withdraw`,
    summary: 'Takes a proposal back that is not in force yet.',
    params: proposalParams,
    answer: json(proposal, 'The proposal as it stands now.'),
  }),
  operation({
    id: 'exportRecords',
    path: `${ROOT}/export/{kind}.csv`,
    summary: 'All records of a kind as a table (RFC 4180); taking it in again changes nothing.',
    params: collectionParams,
    answer: { status: 200, description: 'The table, header first.', type: 'text/csv', schema: z.string() },
    problems: [...READING, 'case-log-unavailable'],
  }),
  operation({
    id: 'importRecords',
    method: 'post',
    path: `${ROOT}/import/{kind}.csv`,
    summary:
      'Proposes what a table says, if every row is good; a dry run lists each fault by row and column.',
    params: collectionParams,
    query: importQuery,
    body: z.string(),
    bodyType: 'text/csv',
    answer: json(imported, 'What a dry run found; or that the register says all of this already.'),
    otherAnswers: [
      json(imported, 'It is in force.', 201),
      json(imported, 'It waits for a second person; Location says where.', 202),
    ],
    problems: [...WRITING, ...WITH_BODY],
  }),
  operation({
    id: 'listRecords',
    path: `${ROOT}/{kind}`,
    summary: 'Records of a kind as they stand, in the order of their ids.',
    params: collectionParams,
    query: recordsQuery,
    answer: json(records, 'A page of records.'),
  }),
  operation({
    id: 'readRecord',
    path: `${ROOT}/{kind}/{id}`,
    summary: 'One record as it stands; ETag names its state.',
    params: recordParams,
    headers: ifNoneMatch,
    answer: json(record, 'The record.'),
    otherAnswers: [{ status: 304, description: 'It is as the caller has it; the body is empty.' }],
  }),
  operation({
    id: 'readRecordHistory',
    path: `${ROOT}/{kind}/{id}/history`,
    summary: 'Every state that a record has had, oldest first.',
    params: recordParams,
    answer: json(states, 'Its states; one that was taken back says why.'),
  }),
];

import type { z } from 'zod';
import { caseParams } from './api-schemas.ts';
import * as schemas from './co-sign-schemas.ts';
import { truthAnswer, truthBody } from './truth-schemas.ts';
import type { GoodAnswer, Operation } from './openapi-operation.ts';

function json(schema: z.ZodType, description: string, status: 200 | 201 = 200): GoodAnswer {
  return { status, description, type: 'application/json', schema };
}

/** What people answer beside a disposition: second signatures, and what was found out later. */
export const ANSWER_OPERATIONS: readonly Operation[] = [
  {
    id: 'listForCoSignature',
    method: 'get',
    path: '/api/co-sign',
    tag: 'cases',
    summary: 'Sealed results that wait for a second signature and could be yours to sign, oldest first.',
    answer: json(schemas.coSignList, 'Without what the AI said.'),
    problems: ['bad-request', 'register-unavailable'],
  },
  {
    id: 'readForCoSignature',
    method: 'get',
    path: '/api/co-sign/{id}',
    tag: 'cases',
    summary: 'A sealed result, for whoever may co-sign it. Reading it is an entry of the case log.',
    params: schemas.coSignParams,
    answer: json(schemas.coSignSeen, 'The result, and what it is about.'),
    problems: [
      'bad-request',
      'not-permitted',
      'not-found',
      'conflict',
      'upstream-unreachable',
      'upstream-timeout',
      'register-unavailable',
      'case-log-unavailable',
    ],
  },
  {
    id: 'answerForCoSignature',
    method: 'post',
    path: '/api/co-sign/{id}',
    tag: 'cases',
    summary: 'Co-signs a sealed result, or refuses to. One answer stands; a refusal says why.',
    params: schemas.coSignParams,
    body: schemas.coSignBody,
    answer: json(schemas.coSignAnswered, 'It is on record.', 201),
    problems: [
      'bad-request',
      'payload-too-large',
      'unsupported-media-type',
      'not-permitted',
      'same-origin-required',
      'not-found',
      'conflict',
      'upstream-unreachable',
      'upstream-timeout',
      'register-unavailable',
      'case-log-unavailable',
    ],
  },
  {
    id: 'readCoSignedResult',
    method: 'get',
    path: '/api/cases/{id}/result',
    tag: 'cases',
    summary: 'A result of yours that somebody has co-signed, until its time is over; decided anew each time.',
    params: caseParams,
    answer: json(schemas.coSignedResult, 'The result, in the shape of its protocol.'),
    problems: [
      'bad-request',
      'not-permitted',
      'not-found',
      'upstream-unreachable',
      'upstream-timeout',
      'register-unavailable',
      'case-log-unavailable',
    ],
  },
  {
    id: 'recordTruth',
    method: 'post',
    path: '/api/truth',
    tag: 'surveillance',
    summary:
      'What was found out later about cases (report, pathology, MDT), by study or accession number: a JSON list, or a table (text/csv, header first: accession, study, source, verdict, date, code).',
    body: truthBody.meta({ id: 'TruthRequest' }),
    answer: json(
      truthAnswer,
      'What came of each row. `unmatched`: AI showed nothing in any case of that study; `known`: it stands already; `overtaken`: something newer stands.',
    ),
    problems: [
      'bad-request',
      'payload-too-large',
      'unsupported-media-type',
      'not-permitted',
      'scope-missing',
      'same-origin-required',
      'register-unavailable',
      'case-log-unavailable',
    ],
  },
];

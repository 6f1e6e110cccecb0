import { caseParams } from './api-schemas.ts';
import { couldUse, explanation, whoCouldUseQuery } from './explanation-schemas.ts';
import type { Operation } from './openapi-operation.ts';

/** How decisions of the past came about, and who could use what. */
export const EXPLANATION_OPERATIONS: readonly Operation[] = [
  {
    id: 'explainCase',
    method: 'get',
    path: '/api/cases/{id}/explanation',
    tag: 'cases',
    summary:
      'Each decision of a case with what it rested on, decided again from the register and policy as they stood. Your own cases and those you supervised; any case for auditors and programme leads, which is itself an entry.',
    params: caseParams,
    answer: {
      status: 200,
      description: 'The decisions in the order of the log.',
      type: 'application/json',
      schema: explanation.meta({ id: 'CaseExplanation' }),
    },
    problems: ['bad-request', 'not-permitted', 'not-found', 'register-unavailable', 'case-log-unavailable'],
  },
  {
    id: 'whoCouldUse',
    method: 'get',
    path: '/api/register/who-could-use',
    tag: 'register',
    summary:
      'Who could use an exact version at a moment, in principle: on a study that fits, freshly signed in with a smart card. For those who keep the register; that it was asked is itself an entry.',
    query: whoCouldUseQuery,
    answer: {
      status: 200,
      description: 'One row for each person and function that they were ever approved for.',
      type: 'application/json',
      schema: couldUse.meta({ id: 'WhoCouldUse' }),
    },
    problems: ['bad-request', 'not-permitted', 'not-found', 'register-unavailable', 'case-log-unavailable'],
  },
];

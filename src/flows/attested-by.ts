import type { Attested } from '../domain/attested.ts';
import type { Attested as Said } from './ports-inference.ts';

/** What an answer, or a piece of one, attests: itself, and what the endpoint said beside it. */
export function attestedBy(answer: Said): Attested {
  return {
    ...(answer.attestedModel === undefined ? {} : { model: answer.attestedModel }),
    ...(answer.attestedVersion === undefined ? {} : { version: answer.attestedVersion }),
    ...answer.beside,
  };
}

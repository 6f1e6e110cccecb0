import type { Request } from 'express';
import { BadRequest } from '../domain/errors.ts';
import type { StudyUid } from '../domain/identifiers.ts';
import { studyUid } from './api-schemas.ts';
import { parseInput } from './parse-input.ts';

/** Names the study of an AI call, in every dialect that has no place of its own for it. */
const STUDY_HEADER = 'Countersign-Study';

/** The study that the header names, if it is there. Throws BadRequest where it is malformed, or there twice. */
export function studyOfHeader(req: Pick<Request, 'headersDistinct'>): StudyUid | undefined {
  const [value, ...others] = req.headersDistinct[STUDY_HEADER.toLowerCase()] ?? [];
  if (others.length > 0) throw new BadRequest(`Send the header ${STUDY_HEADER} once.`);
  return value === undefined ? undefined : parseInput(studyUid, value);
}

/** The one study that body and header name; `member` is its place in the body. Throws BadRequest for none, and for two. */
export function oneStudy(
  member: string,
  named: StudyUid | undefined,
  header: StudyUid | undefined,
): StudyUid {
  const study = named ?? header;
  if (study === undefined) {
    throw new BadRequest(`Name the study, in ${member} or in the header ${STUDY_HEADER}.`);
  }
  if (header !== undefined && header !== study) {
    throw new BadRequest(`${member} and the header ${STUDY_HEADER} name different studies.`);
  }
  return study;
}

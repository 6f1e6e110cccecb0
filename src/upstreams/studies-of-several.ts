import { GatewayError } from '../domain/errors.ts';
import type { StudyContextReader } from '../flows/ports.ts';
import { firstThatHolds } from './first-that-holds.ts';

/**
 * Reads what a study is from the first of several PACS that holds it, asked one after the other. One that is away hides a study
 * only while no other has it: then its fault is thrown, because it may hold the study.
 */
export function studiesOfSeveral(readers: readonly StudyContextReader[]): StudyContextReader {
  return {
    studyContext: (study, signal, needs) => {
      const looks = readers.map((reader) => () => reader.studyContext(study, signal, needs));
      return firstThatHolds(looks, unknownStudy, signal);
    },
  };
}

function unknownStudy(): GatewayError {
  return new GatewayError('not-found', { detail: 'No PACS holds this study.' });
}

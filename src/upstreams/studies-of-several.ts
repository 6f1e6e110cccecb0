import { GatewayError } from '../domain/errors.ts';
import type { StudyContextReader } from '../flows/ports.ts';

/**
 * Reads what a study is from the first of several PACS that holds it, asked one after the other. One that is away hides a study
 * only while no other has it: then its fault is thrown, because it may hold the study.
 */
export function studiesOfSeveral(readers: readonly StudyContextReader[]): StudyContextReader {
  return {
    studyContext: async (study, signal) => {
      let fault: GatewayError | undefined;
      for (const reader of readers) {
        try {
          return await reader.studyContext(study, signal);
        } catch (error: unknown) {
          if (signal.aborted || !(error instanceof GatewayError)) throw error;
          if (fault === undefined || fault.code === 'not-found') fault = error;
        }
      }
      throw fault ?? new GatewayError('not-found', { detail: 'No PACS holds this study.' });
    },
  };
}

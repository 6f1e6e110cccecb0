import { collectBody } from '../domain/collect-body.ts';
import { textOf } from '../domain/dicom/dicom-json.ts';
import { searchPairs, type SearchQuery } from '../domain/dicom/dicomweb-query.ts';
import { parseDatasets } from '../domain/dicom/parse-datasets.ts';
import type { StudyUid } from '../domain/identifiers.ts';
import type { PacsClient } from './ports.ts';

const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const MAX_ROWS = 1000;

/**
 * SOP Instance UIDs of the objects of a study that a search finds, compared as it says, as far as one page of the PACS tells. None where it cannot be asked
 * that way: who wants to know then takes nothing for found. Never throws.
 */
export async function findAmongObjects(
  pacs: Pick<PacsClient, 'fetch'>,
  asked: Pick<SearchQuery, 'matches' | 'flags'> & { readonly study: StudyUid },
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  try {
    const segments = ['studies', asked.study, 'instances'];
    const query = searchPairs({ ...asked, includeFields: [], limit: MAX_ROWS });
    const headers = { accept: 'application/dicom+json' };
    const answer = await pacs.fetch({ method: 'GET', segments, query, headers, decode: true }, signal);
    if (answer.status !== 200) {
      answer.cancel();
      return new Set();
    }
    const rows = parseDatasets(await collectBody(answer.body, MAX_ANSWER_BYTES));
    return new Set(rows.map((row) => textOf(row, '00080018')).filter((uid) => uid !== undefined));
  } catch {
    // A row that may have been found by a locked result alone is left out; images are found by their patient and study as ever.
    return new Set();
  }
}

import type { StudyObject } from '../domain/dicom/ai-result.ts';
import { textOf, type DicomJsonObject } from '../domain/dicom/dicom-json.ts';
import { UpstreamFault } from '../domain/errors.ts';
import { parseSeriesUid, parseSopInstanceUid, type StudyUid } from '../domain/identifiers.ts';
import type { PacsClient } from '../flows/ports.ts';
import { askPacs } from './pacs-search.ts';

const PAGE = 1000;
const MAX_PAGES = 200;
const MAX_PAGE_BYTES = 32 * 1024 * 1024;

/**
 * Every object of a study with its series, SOP class and modality, by search, page by page until a page brings nothing new: some
 * PACS cap a page below what was asked for, and say so in a header at best. Throws UpstreamFault.
 */
export async function listStudyObjects(
  pacs: Pick<PacsClient, 'fetch'>,
  study: StudyUid,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, StudyObject>> {
  const objects = new Map<string, StudyObject>();
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const rows = await askPacs(pacs, pageQuestion(study, objects.size), signal);
    const before = objects.size;
    for (const object of rows.map(readRow)) objects.set(object.sopInstanceUid, object);
    if (objects.size === before) return objects;
  }
  throw new UpstreamFault('upstream-bad-answer', 'pacs', {
    detail: 'The study holds more objects than can be looked through.',
  });
}

function pageQuestion(study: StudyUid, offset: number): Parameters<typeof askPacs>[1] {
  return {
    segments: ['studies', study, 'instances'],
    query: [
      // Twice, not as a list: every PACS understands that.
      ['includefield', '00080016'],
      ['includefield', '00080060'],
      ['limit', String(PAGE)],
      ['offset', String(offset)],
    ],
    maxBytes: MAX_PAGE_BYTES,
  };
}

function readRow(row: DicomJsonObject): StudyObject {
  const seriesInstanceUid = parseSeriesUid(textOf(row, '0020000E') ?? '');
  const sopInstanceUid = parseSopInstanceUid(textOf(row, '00080018') ?? '');
  const sopClassUid = textOf(row, '00080016');
  if (seriesInstanceUid === undefined || sopInstanceUid === undefined) {
    throw new UpstreamFault('upstream-bad-answer', 'pacs', {
      detail: 'The PACS listed an object without valid UIDs.',
    });
  }
  const modality = textOf(row, '00080060');
  return {
    seriesInstanceUid,
    sopInstanceUid,
    ...(sopClassUid === undefined ? {} : { sopClassUid }),
    ...(modality === undefined ? {} : { modality }),
  };
}

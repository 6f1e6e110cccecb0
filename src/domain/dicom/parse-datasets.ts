import type { DicomJsonObject } from './dicom-json.ts';
import { UpstreamFault } from '../errors.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Parses a list of datasets in the DICOM JSON model (PS3.18 §F.2). Throws UpstreamFault for anything else. */
export function parseDatasets(bytes: Uint8Array): readonly DicomJsonObject[] {
  const parsed = parseJson(bytes);
  if (!Array.isArray(parsed) || !parsed.every(isDataset)) throw unreadable();
  return parsed;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(UTF8.decode(bytes));
  } catch (cause: unknown) {
    throw unreadable(cause);
  }
}

/** Elements are objects; what they hold is checked where it is read. */
function isDataset(value: unknown): value is DicomJsonObject {
  return isObject(value) && Object.values(value).every(isObject);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unreadable(cause?: unknown): UpstreamFault {
  return new UpstreamFault('upstream-bad-answer', 'pacs', {
    detail: 'The PACS sent an answer that is no DICOM JSON.',
    cause,
  });
}

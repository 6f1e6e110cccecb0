import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Where real files may lie: a folder named by the environment, or one beside the repository. */
function folderOfRealFiles(): string {
  return process.env['COUNTERSIGN_DICOM_DIR'] ?? resolve(__dirname, '../../../shared/data/dicom');
}

/** What is missing for tests on real files, for describeUnlessMissing; undefined where they are there. */
export function missingRealFiles(): string | undefined {
  return realFilePaths().length > 0
    ? undefined
    : 'real DICOM files (name their folder in COUNTERSIGN_DICOM_DIR)';
}

/** The real files, in a fixed order. */
export function readRealFiles(): readonly Uint8Array[] {
  return realFilePaths().map((path) => readFileSync(path));
}

function realFilePaths(): readonly string[] {
  try {
    const folder = folderOfRealFiles();
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.dcm'))
      .map((name) => join(folder, name))
      .filter((path) => statSync(path).isFile())
      .toSorted();
  } catch {
    return [];
  }
}

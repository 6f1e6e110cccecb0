import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PolicyFaults, type PolicyFault } from '../../src/register/policy-files.ts';

const SHIPPED = join(__dirname, '../../config/policy');

/** The text of a policy file that ships. */
export function shippedPolicyText(name = 'uk-pathway-2025.yaml'): string {
  return readFileSync(join(SHIPPED, name), 'utf8');
}

/** A folder with the policy that ships in it, for files of a Trust beside it. */
export interface PolicyFolder {
  readonly path: string;
  /** Writes a file and says where it is. */
  readonly write: (name: string, text: string) => string;
  readonly remove: () => void;
}

export function createPolicyFolder(): PolicyFolder {
  const path = mkdtempSync(join(tmpdir(), 'countersign-policy-'));
  copyFileSync(join(SHIPPED, 'uk-pathway-2025.yaml'), join(path, 'uk-pathway-2025.yaml'));
  return {
    path,
    write: (name, text) => {
      writeFileSync(join(path, name), text);
      return join(path, name);
    },
    remove: () => rmSync(path, { recursive: true }),
  };
}

/** The faults that reading a policy throws; none where it reads. */
export function faultsIn(read: () => unknown): readonly PolicyFault[] {
  try {
    read();
    return [];
  } catch (error: unknown) {
    if (error instanceof PolicyFaults) return error.faults;
    throw error;
  }
}

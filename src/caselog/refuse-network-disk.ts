import { statfsSync } from 'node:fs';
import { CaseLogUnavailable } from '../domain/errors.ts';

/** File systems on other machines, by the number statfs(2) gives them: NFS, SMB, CIFS, SMB2, AFS, Ceph, Lustre. */
const NETWORK_DISKS = [0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x5346414f, 0x00c36400, 0x0bd00bd0];

/**
 * Refuses a folder on a network disk: its locks may not hold and what it says is written may not be (SQLite, "How to
 * corrupt a database file", §2.1). Throws CaseLogUnavailable.
 */
export function refuseNetworkDisk(
  dir: string,
  typeOf = (path: string): number => statfsSync(path).type,
): void {
  if (!NETWORK_DISKS.includes(typeOf(dir))) return;
  throw new CaseLogUnavailable(
    `The case log cannot live on a network disk (${dir}): it could lose entries that were confirmed. Use a disk of this machine.`,
  );
}

import { clock } from './compose-clock.ts';
import { identityFaults } from './compose-dry.ts';
import type { Said } from './compose-offline.ts';
import { policyNotes } from './compose-policy.ts';
import { openViewer } from './compose-viewer.ts';
import { ConfigRefused, readConfig } from './config.ts';
import { loadPolicy } from './register/load-policy.ts';

/**
 * Reads the config, the policy and every file they name, and builds every way to sign in without opening it. Throws Error with all
 * faults: those of the files with file and line first; those of what is built from them once there are none of these. `ok` is
 * false where the policy would lock out everybody who can use AI now.
 */
export async function checkConfig(file: string): Promise<Said & { readonly ok: boolean }> {
  const faults: string[] = [];
  const attempt = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error: unknown) {
      faults.push(error instanceof Error ? error.message : String(error));
      if (error instanceof ConfigRefused) policyFile = error.policyFile;
      return undefined;
    }
  };
  let policyFile: string | undefined;
  const config = attempt(() => readConfig(file));
  policyFile = config?.policyFile ?? policyFile;
  const named = policyFile;
  const policy = named === undefined ? undefined : attempt(() => loadPolicy(named));
  if (config !== undefined) {
    attempt(() => openViewer(config));
    faults.push(...(await identityFaults(config, clock)));
  }
  if (config === undefined || policy === undefined || faults.length > 0) throw new Error(faults.join('\n'));
  const { ok, lines } = await policyNotes(config, policy);
  const inOrder = `The config and policy ${policy.id} ${policy.version} are in order (${policy.digest}).`;
  return { ok, lines: [inOrder, ...lines] };
}

import type { GatewayDatabase } from '../../src/db/gateway-database.ts';
import type { LogEntry } from '../../src/domain/log-entry.ts';
import type { RegisterProposal } from '../../src/domain/register-proposal.ts';
import { applyRegister } from '../../src/flows/apply-register.ts';
import { readRegisterHead } from '../../src/flows/read-register-head.ts';
import { openRegister, type Register } from '../../src/register/open-register.ts';
import { actDraft, cpdDraft } from './act-drafts.ts';
import type { MemoryCaseLog } from './memory-case-log.ts';
import { NOW, practitionerId, shippedPolicy } from './register-builder.ts';
import { aRegisterFile } from './register-house.ts';

/** One node of several that share a database and a case log. */
export interface RegisterNode {
  readonly register: Register;
  readonly database: GatewayDatabase;
  /** How often it has asked the case log what the register is. */
  readonly logReads: () => number;
  /** Logs a piece of CPD of the radiologist's and applies it. */
  readonly act: (id: string) => Promise<RegisterProposal>;
  /** Proposes it only. */
  readonly propose: (id: string) => Promise<RegisterProposal>;
  /** Ids of the radiologist's pieces that are in force on this node. */
  readonly pieces: () => readonly string[];
}

interface NodeOptions {
  readonly database: GatewayDatabase;
  readonly caseLog: MemoryCaseLog;
  readonly monotonicMs: () => number;
  /** What its clock says; the same as everywhere when absent. */
  readonly nowMs?: () => number;
  /** Comes in between, each time before the case log is asked. */
  readonly beforeLog?: () => Promise<void>;
}

const RADIOLOGIST = practitionerId('radiologist');
export const CONFIRM_WITHIN_MS = 2_000;

/** Opens the register as a node does. */
export async function openRegisterNode(options: NodeOptions): Promise<RegisterNode> {
  const { database, caseLog, monotonicMs, nowMs = () => NOW } = options;
  let logReads = 0;
  const register = await openRegister({
    database,
    policy: shippedPolicy(),
    clock: { nowMs, monotonicMs },
    logged: async () => {
      logReads += 1;
      await options.beforeLog?.();
      return await readRegisterHead({ caseLogReader: caseLog });
    },
    shared: { monotonicMs, confirmWithinMs: CONFIRM_WITHIN_MS },
  });
  const propose = (id: string): Promise<RegisterProposal> => register.proposeAct(actDraft([cpdDraft(id)]));
  return {
    register,
    database,
    logReads: () => logReads,
    propose,
    act: async (id) => {
      const { digest } = await propose(id);
      return await applyRegister({ register, caseLog }, { digest });
    },
    pieces: () =>
      register
        .snapshot()
        .evidenceOf(RADIOLOGIST)
        .map(({ id }) => id),
  };
}

/** The people that acts are about: the first change of the register, of two records. */
export async function seedPeople({ register }: RegisterNode, caseLog: MemoryCaseLog): Promise<void> {
  const changes = aRegisterFile().practitioners.map(
    (record) => ({ kind: 'practitioner', id: record.id, record: { ...record } }) as const,
  );
  const { digest } = await register.proposeAct(actDraft(changes));
  await applyRegister({ register, caseLog }, { digest });
}

/**
 * Follows the register through its entries in the case log: each proposal's begin where the one before ended. Gives the digests in
 * order and the last head.
 */
export function followHeads(entries: readonly LogEntry[]): {
  readonly proposals: readonly string[];
  readonly head: unknown;
} {
  const proposals: string[] = [];
  let head: unknown;
  for (const { facts } of entries) {
    const { proposal = '', before, head: after } = facts.change ?? {};
    if (proposals.at(-1) === proposal) {
      expect(after).toBe(head);
      continue;
    }
    expect(proposals).not.toContain(proposal);
    if (head !== undefined) expect(before).toBe(head);
    proposals.push(String(proposal));
    head = after;
  }
  return { proposals, head };
}

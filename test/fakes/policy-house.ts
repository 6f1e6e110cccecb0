import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openGatewayDatabase, type GatewayDatabase } from '../../src/db/gateway-database.ts';
import { GatewayError } from '../../src/domain/errors.ts';
import type { Policy } from '../../src/domain/policy.ts';
import type { RegisterSnapshot } from '../../src/domain/register.ts';
import type { RegisterHistory } from '../../src/flows/ports-register.ts';
import type { RegisterReader } from '../../src/flows/ports.ts';
import { parsePolicy, type PolicyWithText } from '../../src/register/load-policy.ts';
import { createPolicyStore, type PolicyStore } from '../../src/register/policy-store.ts';
import { shippedPolicyText } from './policy-folder.ts';
import { aRegister } from './register-builder.ts';

/** The policies of a real database, and a register that is judged by any of them. */
export interface PolicyHouse {
  readonly database: GatewayDatabase;
  readonly policies: PolicyStore;
  /** As after a restart. */
  readonly reopened: () => PolicyStore;
  readonly registerUnder: (policy: Policy) => RegisterReader & Pick<RegisterHistory, 'asItStood'>;
  readonly close: () => Promise<void>;
}

/** The policy that ships with some of its words changed, each of which it must hold. */
export function policyWith(...changes: readonly (readonly [from: string, to: string])[]): PolicyWithText {
  const text = changes.reduce((said, [from, to]) => {
    expect(said).toContain(from);
    return said.replaceAll(from, to);
  }, shippedPolicyText());
  return { policy: parsePolicy(text, 'policy'), text };
}

export async function createPolicyHouse(): Promise<PolicyHouse> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-policies-'));
  const database = await openGatewayDatabase(join(folder, 'gateway.sqlite'), { create: true });
  const policies = createPolicyStore(database);
  const under = (policy: Policy): RegisterSnapshot => aRegister({ policy, sequence: 7 });
  return {
    database,
    policies,
    reopened: () => createPolicyStore(database),
    registerUnder: (policy) => ({
      snapshot: () => under(policy),
      asItStood: async ({ sequence, policyDigest }) => {
        expect(sequence).toBe(7);
        const kept = await policies.policyOf(policyDigest);
        if (kept === undefined) throw new GatewayError('not-found');
        return under(kept);
      },
    }),
    close: async () => {
      await database.destroy();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

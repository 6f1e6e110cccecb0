import type { Config } from '../../src/config.ts';
import type { newMachineKey } from '../../src/identity/machines/machine-key.ts';
import { buildDoorsHouse, type DoorsHouse } from './doors-house.ts';

/** A config with an AI machine that stores results of the detector of burned-in text, and so may do its work. */
export function withPerformer(config: Config, { keyHash }: ReturnType<typeof newMachineKey>): Config {
  const performer = {
    id: 'text-finder',
    purpose: 'ai-results' as const,
    models: [{ model: 'burned-in-text', version: '1.0.0' }],
    addresses: ['127.0.0.0/8'],
    keyHashFile: { path: '/nowhere', text: `${keyHash}\n` },
  };
  return { ...config, identity: { ...config.identity, machines: [performer] } };
}

/** A gateway with that machine. */
export async function buildWorkHouse(machine: ReturnType<typeof newMachineKey>): Promise<DoorsHouse> {
  return await buildDoorsHouse({ adapt: (config) => withPerformer(config, machine) });
}

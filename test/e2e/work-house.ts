import type { newMachineKey } from '../../src/identity/machines/machine-key.ts';
import { buildDoorsHouse, type DoorsHouse } from './doors-house.ts';

/** A gateway with an AI machine that stores results of the detector of burned-in text, and so may do its work. */
export async function buildWorkHouse({ keyHash }: ReturnType<typeof newMachineKey>): Promise<DoorsHouse> {
  const performer = {
    id: 'text-finder',
    purpose: 'ai-results' as const,
    models: [{ model: 'burned-in-text', version: '1.0.0' }],
    addresses: ['127.0.0.0/8'],
    keyHashFile: { path: '/nowhere', text: `${keyHash}\n` },
  };
  return await buildDoorsHouse({
    adapt: (config) => ({ ...config, identity: { ...config.identity, machines: [performer] } }),
  });
}

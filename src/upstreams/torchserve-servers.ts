import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { parseJson } from './parse-json.ts';

/** What the config says of one TorchServe server. */
interface TorchserveServer {
  /** Of its inference address, exactly as the register has it. */
  readonly baseUrl: string;
  /** Where it says which versions it serves; without it nothing but a name proves them. */
  readonly managementUrl?: string | undefined;
  /** Its own `key_file.json`; absent where it wants no keys. */
  readonly keyFile?: string | undefined;
}

/** Which of a server's addresses a key opens. */
type KeyUse = 'inference' | 'management';

export interface TorchserveServers {
  readonly managementUrlOf: (baseUrl: string) => string | undefined;
  /**
   * The header that opens this address, none where it needs none. Undefined where the key cannot be read: nothing is sent then. Never
   * rejects.
   */
  readonly keyHeader: (
    baseUrl: string,
    use: KeyUse,
  ) => Promise<Readonly<{ authorization?: string }> | undefined>;
}

/** Goes into a header as it is: nothing that could end it. */
const key = z.object({ key: z.string().regex(/^[\x21-\x7e]{1,256}$/) });
/** token_authorization_api.md, "Example key file". The third key, which makes new ones, is not looked at. */
const keyFile = z.object({ inference: key.optional(), management: key.optional() });

/**
 * TorchServe servers by their inference address, with the keys that they wrote themselves. Keys hold for an hour, so the file is read with
 * each call, and no key is sent to an address that the config does not name.
 */
export function createTorchserveServers(servers: readonly TorchserveServer[]): TorchserveServers {
  const byUrl = new Map(servers.map((server) => [server.baseUrl, server]));
  return {
    managementUrlOf: (baseUrl) => byUrl.get(baseUrl)?.managementUrl,
    keyHeader: async (baseUrl, use) => {
      const path = byUrl.get(baseUrl)?.keyFile;
      if (path === undefined) return {};
      const known = await readKey(path, use);
      return known === undefined ? undefined : { authorization: `Bearer ${known}` };
    },
  };
}

async function readKey(path: string, use: KeyUse): Promise<string | undefined> {
  try {
    return keyFile.safeParse(parseJson(await readFile(path))).data?.[use]?.key;
  } catch {
    // Gone, or being written anew: whoever calls treats the endpoint as away.
    return undefined;
  }
}

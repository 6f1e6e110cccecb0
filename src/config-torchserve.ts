import { z } from 'zod';
import { withFiles } from './config-files.ts';
import { httpUrl } from './config-words.ts';

/** TorchServe servers that the register's endpoints name: where they say what they serve, and with which keys they are asked. */
export const torchserveSchema = withFiles((file) =>
  z
    .array(
      z.strictObject({
        /** Inference address, exactly as the register has it as `baseUrl`. */
        baseUrl: httpUrl,
        /** Management address. Without it the server's versions can be taken by their name only. */
        managementUrl: httpUrl.optional(),
        /** The server's own `key_file.json`, read with each call; left out where it wants no keys. */
        keyFile: file.changing.optional(),
      }),
    )
    .refine(
      (servers) => new Set(servers.map(({ baseUrl }) => baseUrl)).size === servers.length,
      'two servers have the same baseUrl',
    )
    .default([]),
);

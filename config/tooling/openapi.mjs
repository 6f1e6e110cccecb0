// The description of the API is made from the schemas that check it, and kept in docs/openapi.json, so that a change of
// the API is seen in the diff of whoever reviews it. Without arguments: holds both against each other.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { openapiDocument } from '../../src/http/openapi.ts';

const file = fileURLToPath(new URL('../../docs/openapi.json', import.meta.url));
const made = `${JSON.stringify(openapiDocument(), null, 2)}\n`;

if (process.argv.includes('--write')) {
  await writeFile(file, made);
} else if ((await readFile(file, 'utf8').catch(() => '')) !== made) {
  process.stderr.write(
    'docs/openapi.json is not what the code says. Run `npm run openapi` and look at the difference.\n',
  );
  process.exitCode = 1;
}

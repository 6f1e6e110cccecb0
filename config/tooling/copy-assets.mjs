// Second half of the build: tsc writes the code to dist/, this copies what stands beside the code (templates, styles,
// browser scripts). Policy files stay in config/policy, which lies at the same place relative to src/ and to dist/.
import { cp } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const from = fileURLToPath(new URL('../../src/', import.meta.url));
const to = fileURLToPath(new URL('../../dist/', import.meta.url));
await cp(from, to, { recursive: true, filter: (path) => !path.endsWith('.ts') });

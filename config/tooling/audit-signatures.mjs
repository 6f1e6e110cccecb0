// `npm audit signatures`, with one allowance: a registry (or a mirror of one) that offers no signatures, or a machine
// that cannot reach the public keys, is said and passed. A signature that is there and wrong always fails.
import { spawnSync } from 'node:child_process';

const CANNOT_CHECK = [
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|UNABLE_TO_GET_ISSUER|SELF_SIGNED/,
  /\bE40[134]\b/,
  /found no (installed )?dependencies to audit/i,
  /no (dependencies|packages).*supported registry/i,
  /TUF|keys?\.json/,
];
// The level is said, because `npm run --silent` hands its own down, and then npm does not say what is wrong.
const OPTIONS = ['--fetch-retries=0', '--fetch-timeout=20000', '--loglevel=notice'];
const run = spawnSync('npm', ['audit', 'signatures', ...OPTIONS], {
  encoding: 'utf8',
});
const said = `${run.stdout}${run.stderr}`;
// Names of packages only: what npm prints about hosts says more about this machine than about the packages.
const lines = said
  .split('\n')
  .filter((line) => line !== '' && !/https?:|^npm (warn|error|notice)/.test(line));

if (run.status === 0) {
  process.stdout.write(`${lines.join('\n')}\n`);
} else if (!/invalid|tampered/i.test(said) && CANNOT_CHECK.some((pattern) => pattern.test(said))) {
  process.stdout.write(
    'Not checked: the registry in use offers no signatures, or its public keys are out of reach.\n',
  );
} else {
  process.stdout.write(`${lines.join('\n')}\nnpm audit signatures failed.\n`);
  process.exitCode = 1;
}

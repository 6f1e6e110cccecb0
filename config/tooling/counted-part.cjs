const { readdirSync } = require('node:fs');
const { join, resolve } = require('node:path');
const { PURE_ROOMS } = require('./counted-tests.cjs');

const ROOT = resolve(__dirname, '../..');
/** The files in `counted/`. */
const PARTS = 4;

/**
 * One part of the tests of the pure rooms as one suite: they run in one as they run apart. To begin counting costs more than most of these files take, so it is
 * begun four times and not for each of them.
 */
module.exports = function runPart(part) {
  const files = PURE_ROOMS.flatMap((room) =>
    readdirSync(join(ROOT, 'test', room), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts'))
      .toSorted()
      .map((name) => `test/${room}/${name}`),
  );
  for (const file of files.filter((_, at) => at % PARTS === part - 1)) {
    describe(file, () => {
      require(join(ROOT, file));
    });
  }
};

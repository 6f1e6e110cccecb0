const { statSync } = require('node:fs');

/** Tests that take longest: those with servers and browsers, and whole corpora of hostile messages. */
const SLOW = [/\/test\/e2e\//, /\/test\/http\/(saml-corpus|pages-axe)/];

function rank(path) {
  const place = SLOW.findIndex((pattern) => pattern.test(path));
  return place === -1 ? SLOW.length : place;
}

/** The order on a fresh clone, where nobody knows how long each file took: no core waits at the end for a slow one that began late. */
class SlowFirst {
  sort(tests) {
    const sizes = new Map(tests.map(({ path }) => [path, statSync(path).size]));
    const bySize = (a, b) => sizes.get(b.path) - sizes.get(a.path);
    return [...tests].sort((a, b) => rank(a.path) - rank(b.path) || bySize(a, b));
  }

  cacheResults() {
    // Every run of CI is as on a fresh clone.
  }
}
module.exports = SlowFirst;

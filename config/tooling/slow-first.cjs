const { statSync } = require('node:fs');

/** The longest of all, as measured on two idle cores, longest first: one that begins last keeps a core waiting for up to a minute. */
const LONGEST = [
  'http/dicomweb-fuzz',
  'http/dicomweb-parity',
  'e2e/several-nodes-start',
  'e2e/register-pages',
  'e2e/viewer-ohif',
  'e2e/image',
  'http/pages-axe-register',
].map((name) => `/test/${name}.test.ts`);

/** Others that take long: those with servers and browsers, and whole corpora of hostile messages. */
const SLOW = [/\/test\/e2e\//, /\/test\/http\/(saml-corpus|pages-axe)/];

function rank(path) {
  const longest = LONGEST.findIndex((end) => path.endsWith(end));
  if (longest !== -1) return longest;
  const place = SLOW.findIndex((pattern) => pattern.test(path));
  return LONGEST.length + (place === -1 ? SLOW.length : place);
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

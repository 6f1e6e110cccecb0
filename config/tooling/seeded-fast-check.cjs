/**
 * fast-check with one seed for all properties. What is covered must not be a matter of luck: a branch that only a rare example reaches
 * would fail the count now and then. `npm test` draws anew each time.
 */
const fastCheck = require('../../node_modules/fast-check/lib/cjs/fast-check.js');

fastCheck.configureGlobal({ seed: 20_241_125 });
module.exports = fastCheck;

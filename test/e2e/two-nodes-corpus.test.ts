import { ATTACKS, type HostileCase } from '../../fixtures/saml/corpus-case.ts';
import { HOSTILE_CONTENTS, HOSTILE_SCENES, HOSTILE_SIGNATURES } from '../../fixtures/saml/corpus-hostile.ts';
import { HOSTILE_LOGOUTS } from '../../fixtures/saml/corpus-logout.ts';
import { playAll } from '../fakes/describe-hostile.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { openTwoNodes } from '../fakes/two-nodes.ts';

/** What no store has a part in needs no second look; one of each kind shows that it is the same door. */
function oneOfEach(cases: readonly HostileCase[]): readonly HostileCase[] {
  return ATTACKS.flatMap((attack) => cases.filter((hostile) => hostile.attack === attack).slice(0, 1));
}

const CASES = [
  ...HOSTILE_SCENES,
  ...HOSTILE_LOGOUTS,
  ...oneOfEach([...HOSTILE_SIGNATURES, ...HOSTILE_CONTENTS]),
];

describeWithBinary(
  'the corpus over two nodes on one Redis',
  ['xmlsec1', 'redis-server'],
  ({ xmlsec1 = '' }) => {
    playAll(CASES, () => openTwoNodes({ xmlsec1 }));
  },
);

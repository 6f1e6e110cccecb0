import { HOSTILE_CONTENTS } from '../../fixtures/saml/corpus-hostile.ts';
import { describeHostile } from '../fakes/describe-hostile.ts';

describeHostile('rightly signed answers that must not be believed, and what is none', HOSTILE_CONTENTS);

import { HOSTILE_SCENES } from '../../fixtures/saml/corpus-hostile.ts';
import { describeHostile } from '../fakes/describe-hostile.ts';

describeHostile('good answers at the wrong time, place or hands', HOSTILE_SCENES);

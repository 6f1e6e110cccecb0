import { HOSTILE_SIGNATURES } from '../../fixtures/saml/corpus-hostile.ts';
import { describeHostile } from '../fakes/describe-hostile.ts';

describeHostile('answers in which what is signed is not what is read', HOSTILE_SIGNATURES);

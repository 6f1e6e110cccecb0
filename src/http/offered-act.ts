import type { ActOffer } from '../domain/act-offer.ts';
import { actReasonOf } from '../domain/act-reason-texts.ts';
import type { RegisterActName } from '../domain/register-acts.ts';

/** Finds what the policy says of an act among what was offered; what is not offered at all is not for oneself to do. */
export function offerIn(
  act: RegisterActName,
): (subject: { readonly offers: readonly ActOffer[] }) => ActOffer {
  return ({ offers }) =>
    offers.find((offer) => offer.act === act) ?? {
      act,
      reasons: [actReasonOf('not-for-oneself')],
      people: 1,
    };
}

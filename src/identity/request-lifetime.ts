/** From leaving for the identity provider to coming back: time to find the card. Cookie and request live as long. */
export const REQUEST_LIFETIME_MS = 10 * 60_000;

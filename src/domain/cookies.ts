/** Cookie names; `__Host-` binds each to this exact host, to https (or loopback) and to the path `/` (RFC 6265bis §4.1.3.2). */

/** Holds the session token, SameSite=Lax. */
export const SESSION_COOKIE = '__Host-countersign-session';

/** Names the sign-in this browser began; SameSite=None, because the identity provider's answer is a cross-site POST. */
export const TRANSACTION_COOKIE = '__Host-countersign-sign-in';

/** No secret: whoever signs in next in this browser is asked to prove it now. */
export const FRESH_COOKIE = '__Host-countersign-prove-anew';

/** No secret, and read by a viewer's script: the address of this gateway's MONAI Label doors, under the name that OHIF's extension has for it. */
export const LABEL_SERVER_COOKIE = 'MONAILABEL_SERVER_URL';

/** The page between signing out here and signing out at the identity provider. */
export interface LeavingPage {
  /** Address at the identity provider. */
  readonly href: string;
}

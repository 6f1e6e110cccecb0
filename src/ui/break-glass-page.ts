/** The page of emergency access. */
export interface BreakGlassPage {
  readonly isOpen: boolean;
  /** A local path, already checked. */
  readonly returnTo?: string;
  /** An attempt that was just refused, and what to tell IT. */
  readonly refused?: { readonly text: string; readonly requestId: string };
}

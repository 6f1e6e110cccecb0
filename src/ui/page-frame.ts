/** Whoever is at the screen, as the head of every page says it. */
export interface Viewer {
  readonly name: string;
  /** Profession and roles, or that the AI register does not know them. */
  readonly standing: string;
  /** How they signed in: `smart card`, `second factor`, `password`. */
  readonly strength: string;
  readonly mayReadCaseLog: boolean;
}

/** What surrounds the content of a page. */
export interface Frame {
  /** Also the document's title. */
  readonly title: string;
  /** Absent when nobody is signed in, or it is not known who. */
  readonly viewer?: Viewer;
  readonly simulator: boolean;
  /** Which entry of the navigation this page belongs to. */
  readonly section?: 'studies' | 'cases' | 'case-log';
  /** Sentences why AI is locked for everybody; empty when it is not. */
  readonly aiLocked: readonly string[];
}

/** An entry of the navigation. */
export interface NavigationItem {
  readonly text: string;
  readonly href: string;
  readonly current: boolean;
}

/** Where this person can go; the case log only for those who may read it. */
export function navigationOf(frame: Frame): readonly NavigationItem[] {
  if (frame.viewer === undefined) return [];
  const item = (section: NonNullable<Frame['section']>, text: string): NavigationItem => ({
    text,
    href: `/me/${section}`,
    current: frame.section === section,
  });
  const forAll = [item('studies', 'Studies'), item('cases', 'My cases')];
  return frame.viewer.mayReadCaseLog ? [...forAll, item('case-log', 'Case log')] : forAll;
}

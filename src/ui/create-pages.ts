import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import nunjucks from 'nunjucks';
import type { ChoosePage } from './approval-forms.ts';
import type { BreakGlassPage } from './break-glass-page.ts';
import type { CardPage } from './card-page.ts';
import type { CaseExplanationPage } from './case-explanation-page.ts';
import type { CaseLogPage } from './case-log-page.ts';
import type { CasePage } from './case-page.ts';
import type { CasesPage } from './cases-page.ts';
import type { CoSignedPage, CoSignPage } from './co-sign-page.ts';
import type { DuePage } from './due-page.ts';
import type { EvidenceKindsPage, EvidenceListPage, EvidencePiecePage } from './evidence-pages.ts';
import type { FormPage } from './form-page.ts';
import type { GuidelinePage } from './guideline-page.ts';
import type { GuidelinesPage } from './guidelines-page.ts';
import type { LeavingPage } from './leaving-page.ts';
import { loadAssets, type Asset } from './load-assets.ts';
import { loadPanel, type PanelFile } from './load-panel.ts';
import type { LogBookPage } from './log-book-page.ts';
import type { ModelPage } from './model-page.ts';
import type { ModelsPage } from './models-page.ts';
import type { OneTimeCodePage } from './one-time-code-page.ts';
import { imagesOnlyBanner, navigationOf, type Frame } from './page-frame.ts';
import type { PeoplePage } from './people-page.ts';
import type { ProblemPage } from './problem-page.ts';
import type { ProfilePage } from './profile-page.ts';
import type { ResultsPage } from './results-page.ts';
import type { SessionPage } from './session-page.ts';
import type { SignInPage } from './sign-in-page.ts';
import type { StudiesPage } from './studies-page.ts';
import type { StudyPage } from './study-page.ts';
import type { WaitingActPage, WaitingPage } from './waiting-page.ts';

/** Each page by its template's name, with what it shows. */
export interface PageModels {
  readonly 'sign-in': SignInPage;
  readonly studies: StudiesPage;
  readonly study: StudyPage;
  readonly case: CasePage;
  readonly 'case-explanation': CaseExplanationPage;
  readonly cases: CasesPage;
  readonly 'co-sign': CoSignPage;
  readonly 'co-signed': CoSignedPage;
  readonly 'case-log': CaseLogPage;
  readonly session: SessionPage;
  readonly 'one-time-code': OneTimeCodePage;
  readonly 'break-glass': BreakGlassPage;
  readonly leaving: LeavingPage;
  readonly problem: ProblemPage;
  readonly due: DuePage;
  readonly card: CardPage;
  readonly 'log-book': LogBookPage;
  readonly 'log-book-print': LogBookPage;
  readonly profile: ProfilePage;
  readonly people: PeoplePage;
  readonly 'evidence-list': EvidenceListPage;
  readonly 'evidence-piece': EvidencePiecePage;
  readonly 'evidence-kinds': EvidenceKindsPage;
  readonly choose: ChoosePage;
  readonly form: FormPage;
  readonly models: ModelsPage;
  readonly model: ModelPage;
  readonly guidelines: GuidelinesPage;
  readonly guideline: GuidelinePage;
  readonly results: ResultsPage;
  readonly waiting: WaitingPage;
  readonly 'waiting-act': WaitingActPage;
}

/** Renders pages and holds what they load. */
export interface Pages {
  /** A whole HTML document. Every value is escaped; templates decide nothing. */
  readonly render: <K extends keyof PageModels>(page: K, frame: Frame, model: PageModels[K]) => string;
  /** An asset by the digest and name in its address; undefined for any other digest or name. */
  readonly asset: (digest: string, name: string) => Asset | undefined;
  /** A script of the panel that runs inside OHIF; undefined for any other name. */
  readonly panelFile: (name: string) => PanelFile | undefined;
}

/**
 * Prepares the pages: reads all templates' surroundings and assets once. `sourceRoot` is the folder of the sources or
 * of the compiled code; templates and assets lie in its `ui` folder, the NHS design system where Node finds it.
 */
export function createPages(options: { readonly sourceRoot: string }): Pages {
  const own = join(options.sourceRoot, 'ui');
  const resolve = createRequire(join(own, 'create-pages.js')).resolve;
  const nhsuk = join(dirname(resolve('nhsuk-frontend/package.json')), 'dist');
  const assets = loadAssets(join(own, 'assets'), join(nhsuk, 'nhsuk'));
  const panel = loadPanel(join(own, 'assets', 'ohif'));
  const loader = new nunjucks.FileSystemLoader([join(own, 'templates'), nhsuk], {
    noCache: false,
    watch: false,
  });
  const environment = new nunjucks.Environment(loader, {
    autoescape: true,
    trimBlocks: true,
    lstripBlocks: true,
  });
  return {
    render: (page, frame, model) =>
      environment.render(`${page}.njk`, {
        page: model,
        frame,
        navigation: navigationOf(frame),
        banner: imagesOnlyBanner(frame),
        assets: `/assets/${assets.digest}`,
      }),
    asset: (digest, name) => (digest === assets.digest ? assets.files.get(name) : undefined),
    panelFile: (name) => panel.get(name),
  };
}

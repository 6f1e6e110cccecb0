// AI on the study on screen, as a panel of an unmodified OHIF viewer (3.13). The panel asks the gateway and decides nothing.
// Only this file takes part in the viewer's start. Nothing here throws into the viewer: images are read whatever becomes of AI.

const ID = 'countersign';
const NAME = 'ai';
const ELEMENT = 'countersign-ai-panel';
const BROKEN = 'The AI panel cannot be shown. Images are read as before.';
/** How the viewer names the panel. */
const PANEL = `${ID}.panelModule.${NAME}`;
/** The mode in which the panel is open from the start; in the others it is one press away. */
const READING_MODE = '@ohif/mode-longitudinal';

/** As OHIF takes an extension. Its component is the name of an element, because an extension from outside has no React. */
const extension = {
  id: ID,
  preRegistration({ servicesManager }) {
    safely(() => define(servicesManager.services));
  },
  getPanelModule() {
    return [{ name: NAME, iconName: 'status-locked', iconLabel: 'AI', label: 'AI', component: ELEMENT }];
  },
};

export default extension;

/** A configuration of OHIF with the panel in it, for a hospital that serves OHIF itself. */
export function withAiPanel(config) {
  const { extensions = [], customizationService = {}, modesConfiguration = {} } = config;
  const { mode = {} } = customizationService;
  const opened = { routes: { 0: { layoutInstance: { props: { rightPanelClosed: { $set: false } } } } } };
  return {
    ...config,
    extensions: [...extensions, extension],
    customizationService: {
      ...customizationService,
      mode: { ...mode, '*': { ...mode['*'], rightPanels: { $unshift: [PANEL] } } },
    },
    modesConfiguration: { [READING_MODE]: opened, ...modesConfiguration },
  };
}

/** What the panel knows outlives its element: the viewer takes the element away whenever another tab is looked at. */
function define(services) {
  if (window.customElements.get(ELEMENT) !== undefined) return;
  const panel = onceItWorks(async () => (await import('./panel.js')).createPanel(services));
  window.customElements.define(
    ELEMENT,
    class extends HTMLElement {
      connectedCallback() {
        safely(() => {
          const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' });
          this.isShown = true;
          panel()
            .then(({ attach }) => {
              if (this.isShown && this.leave === undefined) this.leave = attach(root);
            })
            .catch(() => {
              sayBroken(root);
            });
        });
      }

      disconnectedCallback() {
        this.isShown = false;
        safely(() => this.leave?.());
        this.leave = undefined;
      }
    },
  );
}

function sayBroken(root) {
  const said = document.createElement('p');
  said.setAttribute('role', 'alert');
  said.style.cssText =
    'margin: 0; padding: 10px; font: 14px/1.4 Arial, sans-serif; color: #eef2fb; background: #0b1322';
  said.textContent = BROKEN;
  root.replaceChildren(said);
}

/** A promise that is made once, and again after it failed. */
function onceItWorks(make) {
  let made;
  return () => {
    made ??= make().catch((error) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}

function safely(act) {
  try {
    act();
  } catch {
    // The viewer goes on without the panel.
  }
}

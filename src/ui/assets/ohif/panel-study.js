// Which study is on screen: the one in the viewport that is in use.

const GRID_EVENTS = ['ACTIVE_VIEWPORT_ID_CHANGED', 'GRID_STATE_CHANGED', 'VIEWPORTS_READY'];

/** Tells the study at once and whenever it changes; `{ uid, label }`, or undefined while there is none. Gives the way to stop. */
export function watchStudy({ displaySetService, viewportGridService }, tell) {
  let known;
  const look = () => {
    const study = studyOf(displaySetService, viewportGridService);
    if (known !== undefined && study?.uid === known.uid && study?.label === known.label) return;
    known = study ?? {};
    tell(study);
  };
  const guarded = () => {
    try {
      look();
    } catch {
      // The viewer is told nothing of this: without a study nothing is offered.
      known = {};
      tell(undefined);
    }
  };
  const leave = [
    ...follow(viewportGridService, GRID_EVENTS, guarded),
    ...follow(displaySetService, ['DISPLAY_SETS_ADDED', 'DISPLAY_SETS_CHANGED'], guarded),
  ];
  guarded();
  return () => {
    for (const stop of leave) stop();
  };
}

function follow(service, names, look) {
  return names
    .map((name) => service?.EVENTS?.[name])
    .filter((event) => event !== undefined)
    .map((event) => service.subscribe(event, look).unsubscribe);
}

/** Of an empty viewport nothing can be said: then it is the first that shows something. */
function studyOf(displaySetService, viewportGridService) {
  const { activeViewportId, viewports } = viewportGridService.getState();
  const all = [...(viewports?.values() ?? [])];
  const inUse = viewports?.get(activeViewportId);
  for (const viewport of inUse === undefined ? all : [inUse, ...all]) {
    for (const uid of viewport.displaySetInstanceUIDs ?? []) {
      const shown = displaySetService.getDisplaySetByUID(uid);
      if (typeof shown?.StudyInstanceUID === 'string') return described(shown);
    }
  }
  return undefined;
}

function described(shown) {
  const [instance = shown.instance ?? {}] = shown.instances ?? [];
  const parts = [
    instance.Modality ?? shown.Modality,
    dateText(instance.StudyDate),
    instance.StudyDescription,
  ];
  const label = parts.filter((part) => typeof part === 'string' && part !== '').join(', ');
  return { uid: shown.StudyInstanceUID, label: label === '' ? 'Study on screen' : label };
}

/** DICOM's DA, as people write it. */
function dateText(date) {
  const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})$/.exec(date ?? '') ?? [];
  if (year === undefined) return undefined;
  return new Date(Date.UTC(year, month - 1, day)).toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone: 'UTC',
  });
}

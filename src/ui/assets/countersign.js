// Small comforts. Every page works without this file.
import { initAll } from './nhsuk-frontend.js';

document.body.classList.add('js-enabled', 'nhsuk-frontend-supported');
initAll();

// AI takes seconds: say so, and keep a second press from starting a second case.
for (const form of document.querySelectorAll('form[data-run]')) {
  form.addEventListener('submit', (event) => {
    if (form.dataset.running === 'yes') {
      event.preventDefault();
      return;
    }
    form.dataset.running = 'yes';
    const status = document.createElement('p');
    status.setAttribute('role', 'status');
    status.className = 'countersign-hint';
    form.append(status);
    status.textContent = 'Running. This can take a few seconds.';
  });
}

// A page taken back from the browser's memory has nothing running.
window.addEventListener('pageshow', (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll('form[data-run]')) {
    delete form.dataset.running;
    form.querySelector('[role="status"]')?.remove();
  }
});

// A card that has run out says so: the page may stay open long after.
for (const card of document.querySelectorAll('[data-runs-out]')) {
  setTimeout(() => {
    card.querySelector('[data-while-good]').hidden = true;
    card.querySelector('[data-once-over]').hidden = false;
  }, Number(card.dataset.runsOut));
}

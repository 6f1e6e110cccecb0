// On the viewer's dark ground, from 280 px on. Every text has at least 4.5:1 on what it stands on.

export const STYLE = `
:host { display: block; height: 100%; min-height: 0; overflow: auto; background: #0b1322; color: #eef2fb; }
.panel { font: 14px/1.4 Arial, Helvetica, sans-serif; padding: 8px 10px 24px; overflow-wrap: anywhere; }
h2, h3, h4, p, ul, dl, dd { margin: 0; padding: 0; }
h2 { font-size: 15px; }
h3 { font-size: 14px; margin: 14px 0 6px; padding-top: 8px; border-top: 1px solid #33415f; }
h4 { font-size: 14px; font-weight: 600; }
time { display: block; }
h4:focus { outline: none; }
h4:focus-visible { outline: 3px solid #ffd54a; outline-offset: 1px; }
header { display: flex; gap: 8px; justify-content: space-between; align-items: flex-start; }
.study, .version, .quiet { color: #b9c4dc; }
.study { font-size: 13px; }
.version { font-weight: 400; font-size: 13px; }
.done { display: flex; gap: 8px; align-items: center; justify-content: space-between; }
.row, .case { padding: 8px; margin: 6px 0; border: 1px solid #33415f; border-radius: 6px; background: #121d33; }
.row > *, .case > *, details > * { margin-top: 6px; }
.row > :first-child, .case > :first-child { margin-top: 0; }
.tag { display: inline-block; padding: 0 6px; border-radius: 3px; font-size: 12px; line-height: 18px; font-weight: 600; }
.tag.good { background: #1f6b3d; color: #fff; }
.tag.bad { background: #a3262c; color: #fff; }
.tag.wait { background: #f2c94c; color: #1a1400; }
.tag.plain { background: #46557a; color: #fff; }
button, select { font: inherit; font-size: 13px; min-height: 28px; padding: 3px 10px; border-radius: 4px; border: 1px solid #7f93bf; background: #1b2a49; color: #eef2fb; }
button { cursor: pointer; }
button:hover { background: #28406e; }
button.main { background: #2f6fd6; border-color: #2f6fd6; color: #fff; font-weight: 600; min-width: 90px; }
button.main:hover { background: #1f5bbb; }
button[aria-disabled='true'] { opacity: 0.75; cursor: default; }
button[aria-pressed='true'] { background: #e6ecfa; color: #0b1322; font-weight: 600; }
select { width: 100%; }
details > button { margin-top: 6px; }
button:focus-visible, select:focus-visible, a:focus-visible, summary:focus-visible, input:focus-visible, .draft:focus-visible { outline: 3px solid #ffd54a; outline-offset: 1px; }
a { color: #9cc3ff; }
summary { cursor: pointer; min-height: 24px; }
details[data-key='locked'] { margin-top: 14px; padding-top: 8px; border-top: 1px solid #33415f; }
.answers { display: flex; flex-wrap: wrap; gap: 6px; }
.check { display: block; font-size: 13px; }
.check input { width: 16px; height: 16px; vertical-align: -3px; }
.asked { font-weight: 400; }
.caution { font-size: 13px; color: #ffe3a3; }
.notice, .refused { padding: 8px; border-left: 4px solid #f2c94c; background: #2a2410; }
.notice { margin-top: 8px; }
.refused { border-left-color: #ff8a80; background: #331618; }
.reasons { padding-left: 18px; }
.reasons li { margin-top: 4px; }
.remedy { color: #cfe0ff; }
dl { display: grid; grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); gap: 2px 10px; }
dt { color: #b9c4dc; }
.draft { white-space: pre-wrap; padding: 8px; max-height: 240px; overflow: auto; background: #fff; color: #111; border-radius: 4px; }
.ways { font-size: 13px; margin-top: 8px; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`;
